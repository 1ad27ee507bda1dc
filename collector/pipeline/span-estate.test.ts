/**
 * The simulated estate seen by its spans alone: every call that a server told of is on its edge, exactly once. The oracle
 * knows the pods that made the spans; the chain knows only what spans say.
 */
import { expect, test } from "vitest";
import { requestTotals } from "../../lib/model/edge-stats.ts";
import type { Endpoint } from "../../lib/model/identity.ts";
import type { WorldSpan } from "../../lib/world/trace.ts";
import { World } from "../../lib/world/world.ts";
import { SpanRig } from "./span-rig.ts";

const START = 1_700_000_000_000;

/** A version that is called as a service of its own is one. */
const named = ({ pod }: WorldSpan): string =>
  pod.workload.calledAs === undefined ? pod.workload.service : pod.workload.name;

/** Calls by `service → service`, of spans whose parent was made by another workload's pod. */
function told(spans: readonly WorldSpan[]): Map<string, number> {
  const byId = new Map<string, WorldSpan>();
  for (const one of spans) {
    const { traceId, spanId, kind } = one.span;
    // Of the halves of a shared id the client's is the server's parent, and the server's that of what is below.
    byId.set(`${traceId}${spanId}${kind}`, one);
  }
  const calls = new Map<string, number>();
  for (const one of spans) {
    const { span } = one;
    if (span.kind !== "server") continue;
    const above = span.shared
      ? byId.get(`${span.traceId}${span.spanId}client`)
      : ["client", "server"].map((kind) => byId.get(`${span.traceId}${span.parentSpanId}${kind}`)).find(Boolean);
    // A waypoint stands between: the call is from and to whom it says, not of its own and not of the span above.
    const [from, to] = ["source", "destination"].map((end) => span.attributes.get(`istio.${end}_canonical_service`));
    const isOwn = above === undefined || named(above) === named(one);
    if (from === undefined && isOwn) continue;
    const key = `${String(from ?? (above && named(above)))} → ${String(to ?? named(one))}`;
    calls.set(key, (calls.get(key) ?? 0) + 1);
  }
  return calls;
}

const label = ({ service, name }: Endpoint): string => service ?? name;

test.each([3, 8])(
  "each call of the estate with seed %i is on its edge once",
  async (seed) => {
    const world = new World({ seed, startMs: START, arrivalsEndMs: 10_000 });
    const rig = new SpanRig();
    const all: WorldSpan[] = [];
    for (let at = START; at <= START + 40_000; at += 1_000) {
      world.advance(at);
      const spans = world.takeSpans();
      all.push(...spans);
      rig.send(at, ...spans.map(({ span }) => span).reverse());
    }
    rig.at(START + 60_000);
    const { facts } = await rig.snapshot({ start: START - 10_000 });
    const counted = new Map<string, number>();
    const others = new Set<string>();
    for (const { source, target, counts } of facts) {
      expect(counts.reporters).toEqual(new Set(["span"]));
      const key = `${label(source)} → ${label(target)}`;
      const { total } = requestTotals(counts);
      if (target.kind === "service" || target.kind === "gateway") counted.set(key, (counted.get(key) ?? 0) + total);
      else others.add(`${target.kind} ${target.reason?.split(":")[0]}`);
    }
    const wanted = told(all);
    expect(wanted.size).toBeGreaterThan(10);
    for (const [key, calls] of wanted) expect([key, counted.get(key)]).toEqual([key, calls]);
    // What is left over was told by callers alone: databases, hosts, what is let through to outside, and who stands behind a
    // ztunnel, which makes no spans.
    const databases = [...counted.keys()].filter((key) => !wanted.has(key));
    for (const key of databases) expect(key).toMatch(/-db$|→ weather$|→ reviews$/);
    for (const other of others) expect(["external span_host", "passthrough allow_any"]).toContain(other);
  },
  60_000,
);
