/** A release on a Consul of our own: the inbox, a promotion with its reason, two browsers that race, the way back, the audit. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { expect, type Route, test } from "playwright/test";
import { z } from "zod";
import { type CollectorProcess, startCollector } from "./support/collector-process.ts";
import { listenFree } from "./support/local-server.ts";
import { axeViolations } from "./support/page.ts";
import { startUi, type UiProcess } from "./support/ui-process.ts";

const entrySchema = z.looseObject({ Splits: z.array(z.looseObject({ Weight: z.number() })) });

/** Consul's configuration API for one splitter, with compare-and-set. */
class SimulatedConsul {
  entry: Record<string, unknown> = {
    Kind: "service-splitter",
    Name: "web",
    Splits: [
      { Weight: 100, ServiceSubset: "v1" },
      { Weight: 0, ServiceSubset: "v2" },
    ],
    ModifyIndex: 35,
  };
  writes = 0;
  isDown = false;
  readonly server = createServer(async (request, response) => {
    if (this.isDown) return request.socket.destroy();
    let body = "";
    for await (const piece of request) body += String(piece);
    const url = new URL(request.url ?? "/", "http://consul");
    const answer = (value: unknown) => response.end(JSON.stringify(value));
    if (request.method === "PUT") {
      if (url.searchParams.get("cas") !== String(this.entry["ModifyIndex"])) return answer(false);
      this.entry = { ...entrySchema.parse(JSON.parse(body)), ModifyIndex: Number(this.entry["ModifyIndex"]) + 1 };
      this.writes++;
      return answer(true);
    }
    if (url.pathname === "/v1/config/service-splitter/web") return answer(this.entry);
    if (url.pathname === "/v1/config/service-resolver/web") return answer({ Subsets: { v1: {}, v2: {} } });
    if (url.pathname === "/v1/health/service/web") return answer([{ Service: { ID: "web-1", Meta: {} } }]);
    response.statusCode = 404;
    return response.end("Config entry not found");
  });

  get weights(): readonly number[] {
    return entrySchema.parse(this.entry).Splits.map(({ Weight }) => Weight);
  }
}

let consul: SimulatedConsul;
let port: Awaited<ReturnType<typeof listenFree>>;
let collector: CollectorProcess;
let ui: UiProcess;

// Each goes on from what the one before left: once one fails the rest is not run.
test.describe.configure({ mode: "serial", timeout: 120_000 });

test.beforeAll(async () => {
  consul = new SimulatedConsul();
  port = await listenFree(consul.server);
  collector = await startCollector({
    store: "memory",
    control: { consul: [{ name: "dc1", url: `http://127.0.0.1:${port.port}` }] },
  });
  ui = await startUi(collector.api);
});
test.afterAll(async () => {
  await ui.stop();
  await collector.stop();
  await port.close();
});

async function start(id: string): Promise<void> {
  const route = { id: "web", driver: "consul", cluster: "dc1", namespace: "default", object: "web", rule: "web" };
  const body = {
    ...{ id, name: `${id} release`, service: "web" },
    routes: [{ ...route, stable: "web/v1", canary: "web/v2" }],
    steps: [{ pause: "manual" }, { weight: 0.1 }, { weight: 1 }],
  };
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${collector.api}/api/v1/rollouts`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(201);
}

test("without a rollout the page says how there comes to be one", async ({ page }) => {
  await page.goto(`${ui.url}/rollouts`);
  await expect(page.getByRole("main")).toContainText("control:");
  expect(await axeViolations(page)).toEqual([]);
  await page.goto(`${ui.url}/audit`);
  await expect(page.getByRole("main")).toContainText("Nothing was done yet");
});

test("a promotion says what it writes, asks why, moves the split, and another browser with the old revision is told", async ({
  page,
  context,
}) => {
  await start("web-v2");
  await page.goto(`${ui.url}/rollouts`);
  await page.getByRole("link", { name: /web-v2 release/ }).click();
  await expect(page.getByRole("button", { name: "Promote: 10 % to the canary" })).toBeVisible();
  expect(await axeViolations(page)).toEqual([]);
  const other = await context.newPage();
  await other.goto(`${ui.url}/rollouts/web-v2`);
  await other.getByRole("button", { name: "Promote: 10 % to the canary" }).click();
  await other.getByLabel("Reason").fill("me first");
  await page.getByRole("button", { name: "Promote: 10 % to the canary" }).click();
  const form = page.getByRole("form", { name: "Promote: confirm" });
  await expect(form).toContainText("Splits[1].Weight");
  await expect(form).toContainText("0 → 10");
  await expect(form).toContainText("local-unauthenticated");
  await expect(form.getByRole("button", { name: "Cancel" })).toBeFocused();
  await expect(form.getByRole("button", { name: "Promote now" })).toBeDisabled();
  await form.getByLabel("Reason").fill("smoke is green");
  expect(await axeViolations(page)).toEqual([]);
  await form.getByRole("button", { name: "Promote now" }).click();
  await expect(page.getByText(/Promote: taken at/)).toBeVisible();
  const row = await page.getByRole("link", { name: "In the audit" }).getAttribute("href");
  await expect.poll(() => consul.weights).toEqual([90, 10]);
  await other.getByRole("button", { name: "Promote now" }).click();
  await expect(other.getByRole("main").getByRole("alert")).toContainText(
    /changed by local-unauthenticated at .*0 → 10 %/,
  );
  expect(consul.writes).toBe(1);
  await other.close();
  await page.goto(`${ui.url}${row}`);
  await expect(page.getByRole("row").filter({ hasText: "smoke is green" })).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: "me first" })).toHaveCount(0);
});

test("what is old is said to be old once, over the list and the rollout", async ({ page }) => {
  await page.goto(`${ui.url}/rollouts/web-v2`);
  await expect(page.getByRole("heading", { name: "web-v2 release" })).toBeVisible();
  const refused = { list: 0, one: 0 };
  const refuse = (which: "list" | "one") => (route: Route) => {
    refused[which]++;
    return route.fulfill({ status: 503, json: { code: "unavailable", message: "no leader" } });
  };
  const notes = page.getByRole("status").filter({ hasText: "shown as of" });
  await page.route("**/api/v1/rollouts/web-v2", refuse("one"));
  // One of the two alone is said as well.
  await expect(notes).toHaveCount(1);
  await page.route("**/api/v1/rollouts?*", refuse("list"));
  await expect.poll(() => Math.min(refused.list, refused.one)).toBeGreaterThan(1);
  await expect(notes).toHaveCount(1);
  await page.unrouteAll();
  await expect(notes).toHaveCount(0);
});

test("without counters a share is not proved: promoting is disabled with its cause, and the way back works", async ({
  page,
}) => {
  await page.goto(`${ui.url}/rollouts/web-v2`);
  await expect(page.getByRole("button", { name: "Promote", exact: true })).toBeDisabled();
  await expect(page.getByText("the counters do not prove the present share yet").first()).toBeVisible();
  await expect(page.getByText(/curl -X PUT .*v1\/config/)).toBeVisible();
  await page.getByRole("button", { name: "Roll back" }).click();
  await page.getByLabel("Reason").fill("night");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect.poll(() => consul.weights).toEqual([100, 0]);
  await expect(page.getByRole("article")).toContainText("rolled back");
  await page.goto(`${ui.url}/audit`);
  await expect(page.getByRole("row").filter({ hasText: "smoke is green" })).toContainText("taken");
  await expect(page.getByRole("row").filter({ hasText: "me first" })).toContainText("conflict");
  expect(await axeViolations(page)).toEqual([]);
});

test("on a phone the inbox and one rollout are pages of their own", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await start("web-v3");
  await page.goto(`${ui.url}/rollouts`);
  await page.getByRole("link", { name: /web-v3 release/ }).click();
  await expect(page.getByRole("button", { name: "Promote: 10 % to the canary" })).toBeVisible();
  await expect(page.getByRole("link", { name: /web-v2 release/ })).toBeHidden();
  const act = await page.getByRole("complementary", { name: "What may be done" }).boundingBox();
  const steps = await page.getByRole("list", { name: "Steps" }).boundingBox();
  expect(act?.y).toBeLessThan(steps?.y ?? 0);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(390);
  expect(await axeViolations(page)).toEqual([]);
  await page.getByRole("link", { name: "All rollouts" }).click();
  await expect(page.getByRole("link", { name: /web-v2 release/ })).toBeVisible();
});

test("the inbox is narrowed by state and by name, says when nothing is left, and shows all again", async ({ page }) => {
  await page.goto(`${ui.url}/rollouts`);
  const list = page.getByRole("navigation", { name: "Rollouts" });
  await list.getByRole("button", { name: /^Done/ }).click();
  await expect(list.getByRole("link", { name: /web-v2 release/ })).toBeVisible();
  await expect(list.getByRole("link", { name: /web-v3 release/ })).toHaveCount(0);
  await page.goto(`${ui.url}/rollouts?find=nobody`);
  await expect(list).toContainText("None of the rollouts is one of these");
  await list.getByRole("button", { name: "Show all" }).click();
  await expect(list.getByRole("link", { name: /web-v3 release/ })).toBeVisible();
  await page.goto(`${ui.url}/rollouts?cluster=elsewhere`);
  await expect(list).toContainText("No rollout is in this scope");
});

test("what cannot be pressed is shown with its cause, and a link for somebody else is made on the page", async ({
  page,
}) => {
  await page.goto(`${ui.url}/rollouts/web-v3`);
  const cannot = page.getByRole("list", { name: "What cannot be done now" });
  await expect(cannot.getByRole("button", { name: "Resume" })).toBeDisabled();
  await expect(cannot).toContainText("it is not paused");
  await page.getByText("Let somebody else do it: a link").click();
  await page.getByRole("button", { name: "Make a link" }).click();
  await expect(page.getByRole("status").filter({ hasText: "/approve#" })).toContainText("holds until");
  await page.getByText("Replay it through another policy").click();
  await page.getByRole("button", { name: "Replay" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "no_evidence" })).toBeVisible();
  expect(await axeViolations(page)).toEqual([]);
});

test("a new release is written in a form, looked at before it starts, and then started", async ({ page }) => {
  await page.goto(`${ui.url}/rollouts/new`);
  const form = page.getByRole("form", { name: "New rollout" });
  await expect(form.getByRole("button", { name: "Start it" })).toBeDisabled();
  await form.getByLabel("Service", { exact: true }).fill("web");
  await form.getByLabel(/^Id/).fill("web-form");
  await form.getByLabel("Kind", { exact: true }).selectOption("consul");
  await form.getByLabel(/^Control plane/).fill("dc1");
  await form.getByLabel("Namespace", { exact: true }).fill("default");
  await form.getByLabel(/^Rule/).fill("web");
  await form.getByLabel(/^Old version/).fill("web/v1");
  await form.getByLabel(/^New version/).fill("web/v9");
  await form.getByLabel("Kind of step 3").selectOption("match");
  await form.getByLabel("Name of the header of step 3").fill("x-tester");
  await form.getByLabel("Value that step 3 asks for").fill("yes");
  await expect(page.getByRole("main")).toContainText('{match: {header: x-tester, exact: "yes"}}');
  expect(await axeViolations(page)).toEqual([]);
  await form.getByRole("button", { name: "Take step 3 away" }).click();
  await form.getByRole("button", { name: "Show what it would write" }).click();
  await expect(page.getByRole("main")).toContainText("It cannot start as it is");
  await form.getByLabel(/^New version/).fill("web/v2");
  await form.getByRole("button", { name: "Show what it would write" }).click();
  await expect(page.getByRole("main")).toContainText("It can start");
  await expect(page.getByRole("main")).toContainText("Splits[1].Weight");
  await expect(page.getByRole("main")).toContainText("{pause: manual}");
  expect(await axeViolations(page)).toEqual([]);
  const writes = consul.writes;
  await form.getByRole("button", { name: "Start it" }).click();
  await expect(page).toHaveURL(/\/rollouts\/web-form/);
  await expect(page.getByRole("heading", { name: "web release" })).toBeVisible();
  expect(consul.writes).toBe(writes);
});

test("the audit is narrowed by a click, and what is shown is had as a file", async ({ page }) => {
  await page.goto(`${ui.url}/audit?where=outcome:conflict`);
  await expect(page.getByRole("row").filter({ hasText: "me first" })).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: "smoke is green" })).toHaveCount(0);
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "JSON lines" }).click(),
  ]);
  const lines = readFileSync(await file.path(), "utf8")
    .trim()
    .split("\n");
  expect(lines.map((line) => JSON.parse(line).outcome)).toEqual(["conflict"]);
  await expect(page.getByRole("link", { name: "CSV file" })).toHaveAttribute("href", /format=csv/);
});

test("an approval link asks before it acts, acts once on a phone, and says that it is used up", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const rollout = await (await fetch(`${collector.api}/api/v1/rollouts/web-v3`)).json();
  const made = await fetch(`${collector.api}/api/v1/rollouts/web-v3/approvals`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ action: "promote", expectedRevision: rollout.revision }),
  });
  expect(made.status).toBe(201);
  const { token } = await made.json();
  const writes = consul.writes;
  await page.goto(`${ui.url}/approve#${token}`);
  const main = page.getByRole("main");
  await expect(main).toContainText("default/web Splits[1].Weight: 0 → 10");
  await expect(main).toContainText("approval-link of local-unauthenticated");
  expect(await axeViolations(page)).toEqual([]);
  expect(consul.writes).toBe(writes);
  await page.getByLabel("Reason").fill("from the bus");
  await page.getByRole("button", { name: "Promote now" }).click();
  await expect(main.getByRole("status")).toContainText("This link is used up");
  await expect.poll(() => consul.weights).toEqual([90, 10]);
  await page.reload();
  await expect(main.getByRole("alert")).toContainText("it holds once");
  await page.goto(`${ui.url}/audit`);
  await expect(page.getByRole("main")).toContainText("from the bus");
});

test("while the control plane does not answer, the way back by hand stays on the page and can be copied", async ({
  page,
}) => {
  await page.goto(`${ui.url}/rollouts/web-v3`);
  await expect(page.getByText(/curl -X PUT .*v1\/config/)).toBeVisible();
  consul.isDown = true;
  await page.getByRole("button", { name: "Roll back" }).click();
  await page.getByLabel("Reason").fill("consul is gone");
  await page.getByRole("button", { name: "Roll back now" }).click();
  await expect(page.getByText(/curl -X PUT .*v1\/config/).first()).toBeVisible();
  await expect(page.getByRole("button", { name: /^Copy the command/ }).first()).toBeVisible();
  consul.isDown = false;
  const state = async () => (await (await fetch(`${collector.api}/api/v1/rollouts/web-v3`)).json()).state;
  await expect.poll(state, { timeout: 60_000 }).toBe("rolledBack");
});
