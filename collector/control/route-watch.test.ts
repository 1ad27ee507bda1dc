/** A change of a route that its control plane tells is looked at then, and not when the next look is due. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { TargetRef } from "../../lib/control/traffic/contract.ts";
import { objectOf, withMember } from "../../lib/control/traffic/document.ts";
import type { ReadFailure, Watching } from "../actuators/traffic-api.ts";
import { countersOf, DEFINITION, FakeMesh, TARGET } from "./fake-mesh.ts";
import { OwnRollouts } from "./own-rollouts.ts";
import { NO_FIGURES } from "./rollout-figures.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "meshscope-watch-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

class WatchedMesh extends FakeMesh {
  seen: (target: TargetRef) => void = () => {};
  onFault: (failure: ReadFailure) => void = () => {};
  readonly watched: (readonly string[])[] = [];
  isOpen = false;
  onRead: () => void = () => {};

  override read(target: TargetRef = TARGET) {
    this.onRead();
    return super.read(target);
  }

  watch(
    seen: (target: TargetRef) => void,
    onFault: (failure: ReadFailure) => void,
    drivers: readonly string[] = [],
  ): Watching {
    this.seen = seen;
    this.onFault = onFault;
    this.watched.push(drivers);
    this.isOpen = true;
    return {
      stop: async () => {
        this.isOpen = false;
      },
    };
  }
}

test("a write of somebody else that the mesh tells of is noticed long before the next look", async () => {
  const mesh = new WatchedMesh();
  const warned: string[] = [];
  const log = { info: () => {}, warn: (event: string) => warned.push(event), error: () => {} };
  const own = await OwnRollouts.open({
    folder,
    planes: { all: [{ name: TARGET.cluster, mesh: "consul", traffic: mesh }], close: async () => {} },
    world: { counters: countersOf(mesh), clock: { nowMs: () => 1_000_000 }, log, audit: async () => true },
    figures: NO_FIGURES,
  });
  if (!own.ok) throw new Error(own.error.message);
  expect((await own.value.create(DEFINITION)).ok).toBe(true);
  const has = (type: string) => own.value.eventsOf("web-v2")?.some((event) => event.type === type) === true;
  let looks = 0;
  mesh.onRead = () => {
    if (has("finished")) looks++;
  };
  const summary = async () => (await own.value.list()).rollouts[0];
  await expect.poll(async () => (await summary())?.state).toBe("waiting");
  const act = { action: "promote", actor: "ann", reason: "because", intentId: "one" } as const;
  await own.value.act("web-v2", act, (await summary())?.revision ?? "");
  await expect.poll(async () => (await summary())?.state).toBe("promoted");
  // One look follows the end; the next would be ten seconds later.
  await expect.poll(() => looks).toBe(1);
  const changed = withMember(withMember(mesh.entry, ["Splits", 0, "Weight"], 90), ["Splits", 1, "Weight"], 10);
  mesh.entry = { ...objectOf(changed), ModifyIndex: 99 };
  mesh.seen({ ...TARGET, name: "another" });
  mesh.seen(TARGET);
  await expect.poll(() => has("foreignWrite"), { timeout: 5_000 }).toBe(true);
  for (const code of ["forbidden", "unavailable", "forbidden"] as const) mesh.onFault({ code, message: "no" });
  expect([mesh.watched, warned]).toEqual([[["consul"]], ["route_watch_failed", "route_watch_failed"]]);
  await own.value.close();
  expect(mesh.isOpen).toBe(false);
});
