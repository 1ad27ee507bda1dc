/** Real Envoys under the tags, prefixes and cluster names of Consul's and App Mesh's bootstraps: what was sent is what is read. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { TargetLabels } from "../model/meaning.ts";
import type { MeshAdapter } from "./adapter.ts";
import { appmeshAdapter } from "./appmesh/adapter.ts";
import { autoAdapter } from "./auto.ts";
import { consulAdapter } from "./consul/adapter.ts";
import { codesOf, listenerOf, readBody, stateOf } from "./reading-rig.ts";

/** No workload: these proxies say who they are. */
const target: TargetLabels = { cluster: "c1", namespace: "real", workload: "", service: "", version: "", app: "" };
const captures = "e2e/real/captures";

interface Truth {
  readonly hops: readonly {
    readonly from: string;
    readonly to: string;
    readonly mtls: boolean;
    readonly codes: Readonly<Record<string, number>>;
  }[];
}

const shapes: readonly (readonly [string, "consul" | "appmesh", MeshAdapter])[] = [
  ["consul-shape", "consul", consulAdapter],
  ["consul-shape", "consul", autoAdapter],
  ["appmesh-shape", "appmesh", appmeshAdapter],
  ["appmesh-shape", "appmesh", autoAdapter],
];

describe.each(shapes)("%s as %s", (set, mesh, adapter) => {
  const truth: Truth = JSON.parse(readFileSync(`${captures}/${set}/truth.json`, "utf8"));
  const read = (name: string) =>
    readBody(new Uint8Array(readFileSync(`${captures}/${set}/${name}.after.prom.txt`)), target, adapter);

  test.each(truth.hops.map((hop) => [hop.from, hop.to, hop] as const))("%s → %s", (from, to, { codes, mtls }) => {
    const body = read(from);
    expect(body.drops).toEqual({});
    expect(codesOf(body, "outbound", to)).toEqual(codes);
    expect(stateOf(body, to, "upstreamConnections")).toBeGreaterThan(0);
    expect(stateOf(body, to, "upstreamHandshakes") ?? 0).toBe(mtls ? stateOf(body, to, "upstreamConnections") : 0);
    const ends = body.rows.flatMap(({ meaning }) =>
      "edge" in meaning ? [meaning.edge.source, meaning.edge.target] : [],
    );
    expect([...new Set(ends.map((end) => `${end.kind} ${end.name} ${end.mesh}`))].sort()).toEqual([
      `service ${to} ${mesh}`,
      `unknown unknown ${mesh}`,
      `workload ${from} ${mesh}`,
    ]);
  });

  test.each(truth.hops)("the listener of $to saw the handshakes of $from, all with certificates", ({ to, mtls }) => {
    const body = read(to);
    const handshakes = listenerOf(body, "handshakes").reduce((sum, value) => sum + value, 0);
    expect(handshakes > 0).toBe(mtls);
    if (mtls) expect(listenerOf(body, "noCertificate").reduce((sum, value) => sum + value, 0)).toBe(0);
  });
});
