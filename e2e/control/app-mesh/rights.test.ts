/**
 * The rights that the guide gives for App Mesh, against moto with its access control on; skipped, loudly, where there is
 * none. A process of its own: the AWS client reads its files once.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, type TestContext, test, vi } from "vitest";
import { AppMeshTraffic } from "../../../collector/actuators/app-mesh.ts";
import type { ApplyResult, TrafficState } from "../../../lib/control/traffic/contract.ts";
import { planSplit } from "../../../lib/control/traffic/drivers.ts";
import { absentState, planMatch, rulesTarget } from "../../../lib/control/traffic/rules.ts";
import { guideBlock } from "../guide.ts";
import { findMoto } from "./binary.ts";
import { type MotoServer, makeRoute, REGION, startMoto } from "./server.ts";

/** The emulator's access control knows actions and no resources. */
const actionsOf = (block: string): string =>
  JSON.stringify({ ...JSON.parse(guideBlock(block)) }).replaceAll(/"arn:[^"]+"/g, '"*"');
const INTENT = "6f0c1f6e-0000-4000-8000-00000000000a";

const MAIN = { driver: "appMesh", cluster: "eu", namespace: "rights", name: "web/main" } as const;
const users = {
  nobody: [],
  reader: ["app-mesh-read"],
  actor: ["app-mesh-read", "app-mesh-act"],
  ruler: ["app-mesh-read", "app-mesh-rules"],
} as const;
let guarded: MotoServer | undefined;
let reason = "not started";
const folder = mkdtempSync(join(tmpdir(), "meshscope-aws-"));

beforeAll(async () => {
  const credentials = join(folder, "credentials");
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", credentials);
  vi.stubEnv("AWS_CONFIG_FILE", join(folder, "config"));
  const found = await findMoto();
  if ("skip" in found) {
    reason = found.skip;
    console.warn(`SKIPPED: no moto: ${reason}`);
    return;
  }
  guarded = await startMoto(found);
  await makeRoute(guarded, "rights", "web");
  const profiles: string[] = [];
  for (const [name, blocks] of Object.entries(users)) {
    const { id, secret } = await guarded.user(name, blocks.map(actionsOf));
    profiles.push(`[${name}]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`);
  }
  writeFileSync(credentials, profiles.join("\n"));
  await guarded.control();
}, 400_000);
afterAll(async () => {
  await guarded?.stop();
  rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

function as(context: TestContext, profile: keyof typeof users): AppMeshTraffic {
  if (guarded === undefined) return context.skip(`no moto: ${reason}`);
  const traffic = new AppMeshTraffic({ name: "eu", region: REGION, endpoint: guarded.url, mesh: "rights", profile });
  context.onTestFinished(() => traffic.close());
  return traffic;
}

async function read(traffic: AppMeshTraffic): Promise<TrafficState> {
  const state = await traffic.read(MAIN);
  if (!state.ok) throw new Error(`${state.error.code}: ${state.error.message}`);
  return state.value;
}

async function moved(traffic: AppMeshTraffic, canaryBp: number): Promise<ApplyResult> {
  const state = await read(traffic);
  const sharesBp = { "web-v1:8080": 10_000 - canaryBp, "web-v2:8080": canaryBp };
  const plan = planSplit(state, { routeKey: "main", sharesBp }, INTENT);
  if (!plan.ok) throw new Error(plan.error.message);
  return traffic.apply(plan.value, INTENT);
}

test("without any nothing is shown, and it is said that it is forbidden", async (context) => {
  const nobody = as(context, "nobody");
  for (const answer of [await nobody.read(MAIN), await nobody.list()]) {
    expect(answer).toMatchObject({ ok: false, error: { code: "forbidden" } });
    expect(answer.ok ? "" : answer.error.message).toContain("not authorized");
  }
});

test("those to read show routes and nodes, and write nothing", async (context) => {
  const reader = as(context, "reader");
  expect(await reader.list()).toMatchObject({ ok: true, value: [MAIN] });
  const facts = await reader.backends(await read(reader), "main");
  expect(facts.ok && facts.value.map(({ exists }) => exists)).toEqual([true, true]);
  expect((await moved(reader, 2_000)).kind).toBe("forbidden");
  expect((await read(reader)).revision).toBe("1");
});

test("those to act move weights and make no routes; those for rules make and delete them", async (context) => {
  expect((await moved(as(context, "actor"), 3_000)).kind).toBe("applied");
  const place = { routeKey: "main", canary: "web-v2:8080", intentId: INTENT };
  const beta = { header: "x-beta", how: "exact", value: "1" } as const;
  const split = await read(as(context, "reader"));
  const made = planMatch({ ...place, split, rules: absentState(rulesTarget(MAIN)) }, beta, true);
  if (!made.ok) throw new Error(made.error.message);
  expect((await as(context, "actor").apply(made.value, INTENT)).kind).toBe("forbidden");
  const put = await as(context, "ruler").apply(made.value, INTENT);
  if (put.kind !== "applied") throw new Error(JSON.stringify(put));
  const gone = planMatch({ ...place, split, rules: put.after }, beta, false);
  if (!gone.ok) throw new Error(gone.error.message);
  expect(await as(context, "ruler").apply(gone.value, INTENT)).toMatchObject({ kind: "applied" });
});
