/**
 * What a case of the drivers' contract works on: a fresh split in some API, behind a proxy that can fail, and the steps that
 * cases have in common. A bench is written once for each API (a fake, a real one, the demo's); the cases are the same.
 */
import { deepEqual } from "node:assert/strict";
import type { Ownership } from "../../lib/control/owners/detect.ts";
import type { ApplyResult, Plan, TargetRef, TrafficState } from "../../lib/control/traffic/contract.ts";
import type { Json, JsonObject } from "../../lib/control/traffic/document.ts";
import { planSplit } from "../../lib/control/traffic/drivers.ts";
import type { FaultProxy } from "./fault-proxy.ts";
import type { TrafficApi } from "./traffic-api.ts";

/** A split and the rule in it that a case moves: `stable` has 90 %, `canary` 10 %, both with ready endpoints. */
export interface BenchSplit {
  readonly target: TargetRef;
  readonly routeKey: string;
  readonly stable: string;
  readonly canary: string;
}

export interface DriverBench {
  /** Speaks to the API through `proxy`. Its deadline is at most 1 s a request, unless there is `hasty`. */
  readonly traffic: TrafficApi;
  /** The same with a deadline of a fraction of a second, for an API that hangs. */
  readonly hasty?: TrafficApi;
  readonly proxy: FaultProxy;
  /** Fresh: nobody else writes it. Its object has members that the driver does not know. */
  readonly split: BenchSplit;
  /** The whole object as the API has it, read past the driver and the proxy. */
  raw(): Promise<JsonObject>;
  /** Somebody else moves the canary's share (whole percents), past the driver. */
  foreignWrite(canaryPercent: number): Promise<void>;
  /** Members of `raw` that the API itself may change at a write, as `a.b[0].c`. */
  readonly ownMembers: RegExp;
  /** Requests that the API refuses for what they say, and the text that must come through. */
  readonly invalid: readonly { readonly name: string; readonly plan: (valid: Plan) => Plan; readonly says: RegExp }[];
  /** A driver with credentials that may read and not write, where the API knows rights. */
  readonly reader?: TrafficApi;
  /** A split whose canary is a subset, node or service that the mesh does not know. */
  readonly dangling?: () => Promise<BenchSplit>;
  /** Takes away every ready endpoint of the canary. */
  readonly emptyCanary?: () => Promise<void>;
  /** Splits that somebody owns, by what must be said of them. */
  readonly owned?: readonly {
    readonly name: string;
    readonly make: () => Promise<TargetRef>;
    readonly says: (ownership: Ownership) => void;
  }[];
  /** Changes of splits, until `stop`. Resolves once the bench's own was seen. `forget` makes the API drop what watches resume from. */
  readonly watch?: {
    start(seen: (target: TargetRef) => void): Promise<{ stop(): Promise<void> }>;
    forget(): Promise<void>;
  };
  /** Runs the command that is printed for use by hand. */
  readonly byHand?: (command: string) => Promise<void>;
  close(): Promise<void>;
}

export interface DriverCase {
  readonly name: string;
  readonly run: (bench: DriverBench) => Promise<void>;
}

/** Opens a bench, runs a case, closes the bench. */
export async function withBench(open: () => Promise<DriverBench>, run: DriverCase["run"]): Promise<void> {
  const bench = await open();
  try {
    await run(bench);
  } finally {
    await bench.close();
  }
}

let intents = 0;
/** A new intent's id. */
export function benchIntent(): string {
  return `6f0c1f6e-0000-4000-8000-${String(++intents).padStart(12, "0")}`;
}

/** The split as the driver reads it; throws where it cannot. */
export async function readBench({ traffic, split }: Pick<DriverBench, "traffic" | "split">): Promise<TrafficState> {
  const read = await traffic.read(split.target);
  if (!read.ok) throw new Error(`${read.error.code}: ${read.error.message}`);
  return read.value;
}

export function canaryShareBp(state: TrafficState, { routeKey, canary }: BenchSplit): number {
  const route = state.routes.find(({ key }) => key === routeKey);
  const backend = route?.backends.find(({ id }) => id === canary);
  if (backend === undefined) throw new Error(`no ${canary} in ${routeKey}: ${JSON.stringify(state.routes)}`);
  return backend.weightBp;
}

/** Stable and canary are all there is in the rule. */
export function planBench(state: TrafficState, split: BenchSplit, canaryBp: number, intentId: string): Plan {
  const sharesBp = { [split.stable]: 10_000 - canaryBp, [split.canary]: canaryBp };
  const plan = planSplit(state, { routeKey: split.routeKey, sharesBp }, intentId);
  if (!plan.ok) throw new Error(`${plan.error.code}: ${plan.error.message}`);
  return plan.value;
}

/** A plan from what is there now. */
export async function planned(bench: DriverBench, canaryBp: number, intentId = benchIntent()) {
  const before = await readBench(bench);
  return { before, plan: planBench(before, bench.split, canaryBp, intentId), intentId };
}

function flatten(value: Json | undefined, path: string, into: Map<string, Json>): Map<string, Json> {
  if (Array.isArray(value)) for (const [i, item] of value.entries()) flatten(item, `${path}[${i}]`, into);
  else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) flatten(item, path === "" ? key : `${path}.${key}`, into);
  } else if (value !== undefined) into.set(path, value);
  return into;
}

/** Paths of members that are not the same, as `a.b[0].c`. */
export function changedMembers(before: JsonObject, after: JsonObject): readonly string[] {
  const [old, now] = [flatten(before, "", new Map()), flatten(after, "", new Map())];
  return [...new Set([...old.keys(), ...now.keys()])].filter((path) => old.get(path) !== now.get(path));
}

/** Throws where the object is another than it was. */
export async function unchanged(bench: DriverBench, before: JsonObject): Promise<void> {
  deepEqual(changedMembers(before, await bench.raw()), []);
}

/** How many came to what. */
export function kinds(results: readonly ApplyResult[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { kind } of results) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Whether the write is there: by its intent, or where an API keeps no id of it by the share. */
export async function isWritten(bench: DriverBench, intentId: string, canaryBp: number): Promise<boolean> {
  const state = await readBench(bench);
  return state.intentId === null ? canaryShareBp(state, bench.split) === canaryBp : state.intentId === intentId;
}
