/** The definitions in docs/guide/rollouts.md, read from it: each is taken as it stands there, and planned as it says. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { ok } from "../../lib/base/result.ts";
import { definitionOf } from "../../lib/control/rollout/from-body.ts";
import { objectOf } from "../../lib/control/traffic/document.ts";
import { readSplit } from "../../lib/control/traffic/drivers.ts";
import { VIRTUAL_SERVICE } from "../../lib/control/traffic/fixtures.ts";
import { definitionSchema } from "../../lib/query/schema/rollout-definition.ts";
import type { TrafficApi } from "../actuators/traffic-api.ts";
import { silentLog } from "../telemetry/log.ts";
import { DefinitionsFolder } from "./definitions-folder.ts";
import { FakeMesh } from "./fake-mesh.ts";
import { previewOf } from "./route-checks.ts";

const GUIDE = readFileSync(join(import.meta.dirname, "../../docs/guide/rollouts.md"), "utf8");

/** The YAML under `<!-- name -->`. */
function block(name: string): string {
  const found = new RegExp(`<!-- ${name} -->\\s*\`\`\`yaml\\n([^]*?)\`\`\``).exec(GUIDE)?.[1];
  if (found === undefined) throw new Error(`the guide has no ${name}`);
  return found;
}

/** A VirtualService in two clusters; a rule for testers stands above its split. */
const traffic: TrafficApi = Object.assign(new FakeMesh(), {
  read: async (target: Parameters<TrafficApi["read"]>[0]) => ok(readSplit(target, VIRTUAL_SERVICE)),
});
const PLANES = {
  all: ["east", "west"].map((name) => ({ name, mesh: "istio" as const, traffic })),
  close: async () => {},
};

function defined(name: string) {
  const body = { ...objectOf(parse(block("definition"))), ...objectOf(parse(block(name))) };
  return definitionOf(definitionSchema.parse(body));
}

const EXAMPLES = [
  [
    "steps: match",
    [
      "requests with x-tester = yes to the canary",
      "requests with cookie matching ^(.*?;)?\\s*beta=1\\s*(;.*)?$ to the canary",
      "end of the rule for a header",
      "100 % to the canary",
    ],
  ],
  ["steps: mirror", ["copies of 20 % to the canary", "end of the mirror", "100 % to the canary"]],
  [
    "steps: blueGreen",
    ["requests with x-preview = green to the canary", "100 % to the canary", "rules of this rollout are taken away"],
  ],
  ["steps: check", ["25 % to the canary", "100 % to the canary"]],
  ["steps: back", ["50 % to the canary", "100 % to the canary"]],
  ["steps: lockstep", ["100 % to the canary"]],
] as const;

test("every example of steps in the guide is tried here", () => {
  const named = [...GUIDE.matchAll(/<!-- (steps: \w+) -->/g)].map(([, name]) => name);
  expect(named).toEqual(EXAMPLES.map(([name]) => name));
});

test.each(EXAMPLES)("%s is planned as it says", async (name, writes) => {
  const definition = defined(name);
  const preview = await previewOf(definition, PLANES, []);
  const found = preview.routes.flatMap(({ findings }) => findings).filter(({ severity }) => severity === "refuses");
  expect(found).toEqual([]);
  expect(preview.canStart).toBe(true);
  // A share that the route has already is not written: 10 % is where the example's route stands.
  expect(preview.steps.map(({ text }) => text)).toEqual(writes);
  for (const step of preview.steps) {
    expect(step.writes.map(({ route }) => route)).toEqual(definition.routes.map(({ id }) => id));
    for (const { request } of step.writes) expect(request).toMatch(/^PATCH .*virtualservices\/reviews/);
  }
});

test("ways back, timers and order are as the guide says", () => {
  const back = defined("steps: back");
  expect(back.rollback).toEqual({ sharesBp: [2_500, 500], holdMs: 60_000 });
  expect(back.revertAfterMs).toBe(3_600_000);
  const lockstep = defined("steps: lockstep");
  expect(lockstep.routes.map(({ target }) => target.cluster)).toEqual(["east", "west"]);
  expect(lockstep.after).toEqual(["ratings-v2"]);
  expect(defined("steps: check").steps.flatMap((step) => (step.kind === "check" ? [step.leastReady] : []))).toEqual([
    3,
    "asStable",
  ]);
});

test("the guide's file is read from the definitions folder", async () => {
  const folder = mkdtempSync(join(tmpdir(), "meshscope-guide-"));
  writeFileSync(join(folder, "reviews-v2.yaml"), block("definition"));
  const opened = await DefinitionsFolder.open(folder, silentLog);
  opened.close();
  expect(opened.now.faults).toEqual([]);
  expect(opened.now.files.map(({ definition }) => definition.id)).toEqual(["reviews-v2"]);
  rmSync(folder, { recursive: true });
});
