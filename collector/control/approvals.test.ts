/** How an approval link's token is looked for: no time that it takes says how much of it is right. */
import * as crypto from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Approvals } from "./approvals.ts";
import { countersOf, DEFINITION, FakeMesh } from "./fake-mesh.ts";
import { openControl } from "./open-control.ts";
import { NO_FIGURES } from "./rollout-figures.ts";

vi.mock("node:crypto", async (original) => {
  const real = await original<typeof crypto>();
  return { ...real, timingSafeEqual: vi.fn(real.timingSafeEqual) };
});
const compared = vi.mocked(crypto.timingSafeEqual);

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "meshscope-approvals-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a token is compared with every link in constant time, found or not", async () => {
  const clock = { nowMs: () => 1_764_000_000_000 };
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const mesh = new FakeMesh();
  const control = await openControl({
    ...{ dataFolder: folder, figures: NO_FIGURES, counters: countersOf(mesh), clock, log },
    planes: { all: [{ name: "c1", mesh: "consul" as const, traffic: mesh }], close: async () => {} },
  });
  if (!control.ok) throw new Error(control.error.message);
  const { service, own } = control.value;
  const started = await own.create(DEFINITION);
  if (!started.ok) throw new Error(started.error.message);
  const opened = await Approvals.open({ folder: join(folder, "links"), service, clock, publicUrl: null });
  if (!opened.ok) throw new Error(opened.error.message);
  const approvals = opened.value;
  const tokens: string[] = [];
  for (let i = 0; i < 7; i++) {
    const made = await approvals.makeFor(
      "ann",
      { id: "web-v2", revision: started.value.revision },
      { action: "promote", ttlSec: 60 },
    );
    if (!made.ok) throw new Error(made.error.message);
    tokens.push(made.value.token);
  }
  const [first = "", last = ""] = [tokens[0], tokens.at(-1)];
  // Right, almost right, wrong, of other lengths: the same work, on digests that tell nothing of the token's beginning.
  for (const token of [first, last, `${first.slice(0, -1)}_`, "x", "", "x".repeat(5_000)]) {
    compared.mockClear();
    const looked = await approvals.look(token);
    expect(looked.ok, token).toBe(token === first || token === last);
    expect(compared).toHaveBeenCalledTimes(tokens.length);
    for (const [known, asked] of compared.mock.calls) expect([known.byteLength, asked.byteLength]).toEqual([32, 32]);
  }
  await approvals.close();
  await control.value.close();
});
