/** `meshscope rollout` and `meshscope audit` as processes, against a collector that is one, and a small API server. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { auditListSchema } from "../../lib/query/schema/audit.ts";
import { receiptSchema, rolloutDetailSchema, rolloutListSchema } from "../../lib/query/schema/rollouts.ts";
import { type CollectorProcess, ROOT, startCollector } from "../support/collector-process.ts";
import { type LocalServer, listenFree } from "../support/local-server.ts";
import { type KubernetesObject, SmallApiServer } from "../support/small-api-server.ts";

const ID = "argo:c1:shop:reviews";
const ROLLOUT: KubernetesObject = {
  metadata: { name: "reviews", namespace: "shop", generation: 1 },
  spec: { strategy: { canary: { steps: [{ setWeight: 10 }, { pause: {} }, { setWeight: 50 }, { pause: {} }] } } },
  status: {
    ...{ phase: "Paused", observedGeneration: "1", currentPodHash: "new", stableRS: "old", currentStepIndex: 1 },
    controllerPause: true,
    pauseConditions: [{ reason: "CanaryPauseStep", startTime: "2026-11-26T10:00:00Z" }],
    canary: { weights: { canary: { weight: 10 }, stable: { weight: 90 } } },
  },
};

const tokens = { ann: "ann-secret", bob: "bob-secret" };
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const api = new SmallApiServer([
  { group: "argoproj.io", version: "v1alpha1", resource: "rollouts" },
  { group: "argoproj.io", version: "v1alpha1", resource: "analysisruns" },
]);
let server: LocalServer;
let collector: CollectorProcess;
let folder = "";
let tokenFile = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "meshscope-cli-"));
  tokenFile = join(folder, "token");
  writeFileSync(tokenFile, `${tokens.ann}\n`);
  server = await listenFree(api.server);
  const grants = [{ role: "operator" }];
  collector = await startCollector({
    store: "memory",
    control: { kubernetes: [{ name: "c1", mesh: "istio", url: server.url, namespaces: ["shop"] }] },
    auth: {
      mode: "token",
      tokens: [
        { name: "ann", sha256: sha256(tokens.ann), grants: [{ role: "approver" }] },
        { name: "bob", sha256: sha256(tokens.bob), grants },
      ],
    },
  });
});
afterAll(async () => {
  await collector.stop();
  await server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  api.isDown = false;
  api.patches.length = 0;
  // As its controller does: a pause that ends is followed by the next step.
  api.controller = (object) => {
    const status = { ...Object(object["status"]) };
    if (status.pauseConditions !== undefined || status.abort === true) return object;
    return { ...object, status: { ...status, controllerPause: false, currentStepIndex: status.currentStepIndex + 1 } };
  };
  api.put("rollouts", ROLLOUT);
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly told: string;
}

const BUILT = join(ROOT, ".build/cli.mjs");
const LAUNCHER = join(ROOT, "collector/launch/launch.mjs");

/** Runs the command line; nobody is at its terminal. */
function meshscope(args: readonly string[], env: Readonly<Record<string, string>> = {}, entry = BUILT): Promise<Ended> {
  const child = spawn(process.execPath, [entry, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, MESHSCOPE_API_URL: collector.api, MESHSCOPE_TOKEN: tokens.ann, ...env },
  });
  let [out, told] = ["", ""];
  child.stdout.on("data", (piece: Buffer) => (out += piece.toString()));
  child.stderr.on("data", (piece: Buffer) => (told += piece.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out, told }));
  });
}

const shown = async () =>
  rolloutDetailSchema.parse(JSON.parse((await meshscope(["rollout", "show", ID, "--json"])).out));

describe("the command line", () => {
  test("lists as a table and as JSON, filtered, and shows one in full", async () => {
    const list = await meshscope(["rollout", "list", "--waiting", "--mesh", "istio"]);
    expect([list.code, list.told]).toEqual([0, ""]);
    expect(list.out).toMatch(
      /^ID +STATE +STEP +SHARE .*\nargo:c1:shop:reviews +waiting +2\/4 wait for a person +10 % /,
    );
    const json = await meshscope(["rollout", "list", "--json", "--state", "promoted"]);
    expect(rolloutListSchema.parse(JSON.parse(json.out)).total).toBe(0);
    const one = await meshscope(["rollout", "show", ID]);
    expect(one.code).toBe(0);
    for (const text of ["▸ wait for a person", "Rollout shop/reviews", "The way back by hand", "kubectl --server="])
      expect(one.out).toContain(text);
  });

  test("says what it would write and does nothing while nobody says yes", async () => {
    const held = await meshscope(["rollout", "promote", ID, "--reason", "looks good"]);
    expect(held.code).toBe(8);
    expect(held.told).toContain("Rollout shop/reviews status.pauseConditions: ");
    expect(held.told).toContain("as ann");
    expect((await meshscope(["rollout", "promote", ID, "--yes"])).code).toBe(2);
    expect(api.patches).toEqual([]);
  });

  test("promotes with a reason, and the audit has who and why", async () => {
    const done = await meshscope(["rollout", "promote", ID, "--reason", "looks good", "--yes", "--json"]);
    expect(done.code).toBe(0);
    const receipt = receiptSchema.parse(JSON.parse(done.out));
    expect(receipt).toMatchObject({ rollout: ID, action: "promote", actor: "ann", repeated: false });
    expect(api.patches).toMatchObject([{ status: { pauseConditions: null } }]);
    expect((await shown()).step.index).toBe(2);
    const again = ["rollout", "promote", ID, "--reason", "looks good", "--yes", "--intent", receipt.intentId, "--json"];
    expect(receiptSchema.parse(JSON.parse((await meshscope(again)).out)).repeated).toBe(true);
    expect(api.patches).toHaveLength(1);
    const audit = await meshscope(["audit", "--action", "promote", "--rollout", ID, "--start", "1h", "--json"]);
    const entries = auditListSchema.parse(JSON.parse(audit.out)).audit;
    expect(entries.map(({ actor, reason, outcome }) => [actor, reason, outcome])).toContainEqual([
      ...["ann", "looks good", "applied"],
    ]);
    expect((await meshscope(["audit", "--actor", "ann"])).out).toMatch(/^TIME +WHO +ACTION +OUTCOME +WHAT/);
  });

  test("carries the revision that was seen: after somebody else's click it conflicts, and says who and what", async () => {
    const { revision } = await shown();
    const args = ["rollout", "promote", ID, "--reason", "r", "--yes"];
    expect((await meshscope([...args, "--revision", revision])).code).toBe(0);
    api.put("rollouts", { ...ROLLOUT, status: { ...Object(ROLLOUT["status"]), currentStepIndex: 3 } });
    const late = await meshscope([...args, "--revision", revision]);
    expect(late.code).toBe(5);
    expect(late.told).toMatch(/changed since you looked by ann \(promote\) at \S+: step 2 → 4/);
    expect(late.told).toMatch(/now: waiting, step 4\/4/);
    expect(api.patches).toHaveLength(1);
  });

  test("a role that may not is told so, a token that is none as well, and what makes no sense", async () => {
    const bob = { MESHSCOPE_TOKEN: tokens.bob };
    const held = await meshscope(["rollout", "promote", ID, "--reason", "r", "--yes"], bob);
    expect([held.code, held.told]).toEqual([3, expect.stringContaining("bob is no approver in istio")]);
    expect((await meshscope(["rollout", "pause", ID, "--reason", "r", "--yes"], bob)).code).toBe(0);
    expect((await meshscope(["rollout", "list"], { MESHSCOPE_TOKEN: "nobody" })).code).toBe(3);
    const retry = await meshscope(["rollout", "retry", ID, "--reason", "r", "--yes"]);
    expect([retry.code, retry.told]).toEqual([6, expect.stringContaining("not_aborted")]);
    expect((await meshscope(["rollout", "show", "nothing"])).code).toBe(4);
  });

  test("takes its token from a file, and from a flag before the environment", async () => {
    const nobody = { MESHSCOPE_TOKEN: "nobody" };
    expect((await meshscope(["rollout", "list", "--token-file", tokenFile], nobody)).code).toBe(0);
    expect((await meshscope(["rollout", "list", "--token", tokens.bob], nobody)).code).toBe(0);
    const missing = await meshscope(["rollout", "list", "--token-file", join(folder, "none")]);
    expect([missing.code, missing.told]).toEqual([2, expect.stringContaining("the token cannot be read")]);
  });

  test("while the control plane is down the way back is printed, and so it is where the API itself is not there", async () => {
    await shown();
    api.isDown = true;
    const held = await meshscope(["rollout", "promote", ID, "--reason", "r", "--yes"]);
    expect([held.code, held.told]).toEqual([7, expect.stringContaining("c1 cannot be asked")]);
    const back = await meshscope(["rollout", "rollback", ID, "--reason", "errors", "--yes"]);
    expect(back.code).toBe(7);
    expect(back.told).toMatch(
      /The way back by hand:\n {2}kubectl --server=\S+ patch rollouts\.argoproj\.io reviews -n shop/,
    );
    const closed = await listenFree(createServer());
    await closed.close();
    const gone = await meshscope(["rollout", "list", "--api", closed.url]);
    expect([gone.code, gone.told]).toEqual([7, `${closed.url} does not answer: ECONNREFUSED\n`]);
  });

  test("explains itself", async () => {
    // Through the launcher, as the package's own command is.
    const help = await meshscope(["rollout", "--help"], {}, LAUNCHER);
    expect([help.code, help.told]).toEqual([0, ""]);
    expect(help.out).toContain("Exit codes: 0 done");
    const mistake = await meshscope(["audit", "--start", "yesterday"], {}, LAUNCHER);
    expect([mistake.code, mistake.out]).toEqual([2, ""]);
    expect(mistake.told).toContain("--start yesterday is no time");
  });
});
