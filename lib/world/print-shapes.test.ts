/**
 * What the estate's Envoys print, held against the same mesh's configuration on real Envoys (e2e/real/captures): a family
 * that both print has the label names there that it has here. Left out: labels that the captured configurations do not set.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { consulStyle } from "./consul-style.ts";
import { expose } from "./exposition.ts";
import type { WorkloadSpec } from "./spec.ts";
import { faceOf } from "./stat-tags.ts";
import { World } from "./world.ts";

const START = Date.UTC(2026, 0, 5, 9);
const world = new World({ seed: 9, startMs: START });
world.advance(START + 10_000);

/** Consul's copies from before 1.9 and all but the service of an upstream; the metrics extension of App Mesh. */
const UNSET = /^(consul_(?!source_|destination_|upstream_service)\w+|Mesh|VirtualNode|VirtualGateway)$/;

/** By family, the lists of label names that it is printed with. */
function shapes(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const [, name = "", labels = ""] of text.matchAll(/^(envoy_\w+)\{(.*)\} \S+$/gm)) {
    const names = [...labels.matchAll(/(\w+)="/g)].map(([, label = ""]) => label).filter((label) => !UNSET.test(label));
    const known = found.get(name) ?? new Set();
    found.set(name, known.add(names.join()));
  }
  return found;
}

function capture(set: string): string {
  return ["a", "b", "c"]
    .map((name) => readFileSync(`e2e/real/captures/${set}/${name}.after.prom.txt`, "utf8"))
    .join("");
}

function printed(role: string): string {
  const times = { startMs: START, nowMs: world.nowMs };
  // A gateway, and a node that has its tags off, print shapes that no capture has.
  const tagged = ({ appmesh }: WorkloadSpec): boolean => appmesh === undefined || appmesh.statsTags === true;
  return world.pods
    .filter((pod) => pod.role === role && pod.workload.relays !== true && tagged(pod.workload))
    .map((pod) => expose(pod, times, 2)?.text ?? "")
    .join("");
}

describe.each([
  ["envoy", "plain"],
  ["consul", "consul-shape"],
  ["appmesh", "appmesh-shape"],
])("an Envoy of %s", (role, set) => {
  const real = shapes(capture(set));
  const ours = shapes(printed(role));

  test("prints each family with the labels, in the order, of a real one", () => {
    const both = [...ours].filter(([name]) => real.has(name));
    expect(both.length).toBeGreaterThan(60);
    const wrong = both.flatMap(([name, lists]) =>
      [...lists].filter((list) => real.get(name)?.has(list) !== true).map((list) => `${name}{${list}}`),
    );
    expect(wrong).toEqual([]);
  });
});

test("a whole label list is what a real Envoy makes of the same cluster's name", () => {
  const trustDomain = "f2a6b6b0-5d38-4a7c-9a0e-1c2d3e4f5a6b";
  const a: WorkloadSpec = {
    name: "a",
    role: "consul",
    cluster: "k",
    namespace: "shop",
    service: "a",
    version: "",
    replicas: 1,
    format: "zipkin",
    consul: { datacenter: "dc1", trustDomain },
  };
  const { labels } = faceOf(consulStyle(a).tagging, `cluster.b.default.dc1.internal.${trustDomain}.consul.`);
  const kept = labels.split(",").filter((pair) => !UNSET.test(pair.split("=")[0] ?? ""));
  expect(capture("consul-shape")).toContain(`envoy_cluster_upstream_rq_total{${kept.join(",")}} 6`);
});
