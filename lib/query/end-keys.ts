/** Keys of ends, each made once: an end is asked for its key far more often than there are ends. */
import { type Endpoint, identityKey } from "../model/identity.ts";
import { workloadKey } from "../model/rollup-row.ts";

interface Keys {
  readonly identity: string;
  readonly workload: string;
}

const known = new WeakMap<Endpoint, Keys>();

function keysOf(end: Endpoint): Keys {
  const found = known.get(end);
  if (found !== undefined) return found;
  const made = { identity: identityKey(end), workload: workloadKey(end) };
  known.set(end, made);
  return made;
}

/** `identityKey` of an end that will be asked for again. */
export const identityOf = (end: Endpoint): string => keysOf(end).identity;

/** `workloadKey` of an end that will be asked for again. */
export const workloadOf = (end: Endpoint): string => keysOf(end).workload;
