/**
 * What is other about ztunnel, the node proxy of ambient mode. In: a body, the labels of a scrape target. Out: whether a
 * ztunnel prints, and how its series are read. A ztunnel carries the connections of all workloads of its node: no series
 * is the target's own, and what the scrape configuration says of the target names neither end. It knows mTLS on both
 * sides and never says `none`: what it did not secure itself is `unknown`. What it counts lies below whatever sidecars
 * and waypoints count of the same calls. Not read: `istio_tcp_connections_failed_total`, since a connection that fails is
 * closed with its flag as well, and older ztunnels print only that; sockets, DNS, xDS.
 */
import type { TargetLabels } from "../../model/meaning.ts";

export const ZTUNNEL = "ztunnel";

const LETTER_Z = 122;
const BEFORE = bytesOf('component="');
const MARK = bytesOf('component="ztunnel"');

function bytesOf(text: string): readonly number[] {
  return [...text].map((char) => char.charCodeAt(0));
}

/** `istio_build{component="ztunnel"}` stands in the body. Asked of bodies whose series are not known yet. */
export function printsZtunnel(bytes: Uint8Array): boolean {
  for (let z = bytes.indexOf(LETTER_Z); z >= 0; z = bytes.indexOf(LETTER_Z, z + 1)) {
    const start = z - BEFORE.length;
    if (start >= 0 && MARK.every((byte, i) => bytes[start + i] === byte)) return true;
  }
  return false;
}

export function isZtunnel({ proxy, workload, service, app }: TargetLabels): boolean {
  return proxy === ZTUNNEL || workload === ZTUNNEL || service === ZTUNNEL || app === ZTUNNEL;
}

/** The target's labels less what would name an end: only the cluster is true of every series. */
export function placeOf(target: TargetLabels): TargetLabels {
  return { ...target, namespace: "", workload: "", service: "", version: "", app: "" };
}

/** Flags of connections that a policy turned away. */
const POLICY = new Set(["DENY", "NETWORK_POLICY"]);

export function isDenied(flags: readonly string[]): boolean {
  return flags.some((flag) => POLICY.has(flag));
}
