/** One service whole: versions side by side from counts, its security, and agreement with its edges. */
import { expect, test } from "vitest";
import { type EntityKind, entityAnswer, SERVICE, WORKLOAD } from "../../lib/query/entity-answer.ts";
import { type EntityAnswer, entityAnswerSchema } from "../../lib/query/schema/entity.ts";
import { istio, type Labels, lines, Rig, T0 } from "./truth-rig.ts";

const VERSIONS = { v1: 90, v2: 10 };

/** `api` in two versions, 90 and 10 requests a round; half of what v2 answers is 503. */
function round(n: number): string {
  const of = (version: string, each: number, labels: Labels) =>
    istio(each * n, labels)
      .replace('destination_workload="api"', `destination_workload="api-${version}"`)
      .replace("destination_cluster", `destination_canonical_revision="${version}",destination_cluster`)
      .replace("source_cluster", 'source_principal="spiffe://td/ns/shop/sa/web",source_cluster');
  const bucket = (version: string, le: string, each: number) =>
    of(version, each, { family: "istio_request_duration_milliseconds_bucket" }).replace("} ", `,le="${le}"} `);
  return lines(
    of("v1", VERSIONS.v1, {}),
    of("v2", VERSIONS.v2 / 2, {}),
    of("v2", VERSIONS.v2 / 2, { code: "503" }),
    ...Object.entries(VERSIONS).flatMap(([version, each]) => [
      bucket(version, "10", version === "v1" ? each : 0),
      bucket(version, "100", each),
      bucket(version, "+Inf", each),
    ]),
  );
}

async function asked(rig: Rig, name: string, kind: EntityKind): Promise<EntityAnswer> {
  const graph = await rig.graph({ view: kind.view });
  const id = graph.nodes.find((node) => node.name === name)?.id ?? "";
  const context = { ids: rig.ids, targets: { up: 1, down: 0 } };
  const answer = entityAnswer(await rig.snapshot(), id, kind, context);
  if (!answer.ok) throw new Error(answer.error.code);
  expect(entityAnswerSchema.parse(answer.value)).toEqual(answer.value);
  return answer.value;
}

async function rounds(): Promise<Rig> {
  const rig = new Rig();
  for (let n = 0; n <= 6; n++) rig.scrape(T0 + n * 10_000, round(n));
  return rig;
}

test("versions stand side by side with shares from counts, busiest first", async () => {
  const { versions, latencyMs, meshes } = await asked(await rounds(), "api", SERVICE);
  expect(meshes).toEqual(["istio"]);
  expect(versions).toMatchObject([
    { version: "v1", share: 0.9, errorRatio: 0, requestsPerSec: 9, workloads: [{ name: "api-v1" }] },
    { version: "v2", share: 0.1, errorRatio: 0.5, requestsPerSec: 1, workloads: [{ name: "api-v2" }] },
  ]);
  expect(versions[0]?.latencyMs).toMatchObject({ p95: 9.5, known: { p95: [0, 10] }, count: 540 });
  expect(versions[1]?.latencyMs).toMatchObject({ p95: 95.5, known: { p95: [10, 100] }, count: 60 });
  expect(latencyMs).toMatchObject({ count: 600, known: { p95: [10, 100] } });
});

test("its security is that of all calls into it, and says who calls", async () => {
  const rig = await rounds();
  const { security } = await asked(rig, "api", SERVICE);
  expect(security).toMatchObject({
    inbound: { mutual: 1, total: 600, unit: "requests" },
    outbound: null,
    principals: { callers: ["spiffe://td/ns/shop/sa/web"], called: [] },
    absent: { outbound: "notApplicable" },
  });
  const caller = await asked(rig, "web", SERVICE);
  expect(caller.versions).toEqual([]);
  expect(caller.latencyMs).toBeNull();
  expect(caller.security).toMatchObject({ inbound: null, outbound: { mutual: 1 } });
  expect(caller.security.principals.own).toEqual(["spiffe://td/ns/shop/sa/web"]);
});

test("a workload is asked for by the id of its own view only", async () => {
  const rig = await rounds();
  const workload = await asked(rig, "api-v2", WORKLOAD);
  expect(workload.versions).toMatchObject([{ version: "v2", share: 1 }]);
  const context = { ids: rig.ids, targets: { up: 1, down: 0 } };
  const wrong = entityAnswer(await rig.snapshot(), workload.node.id, SERVICE, context);
  expect(wrong).toMatchObject({ ok: false, error: { code: "service_not_found" } });
});
