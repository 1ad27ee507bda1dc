/** A release on a Consul of our own: the inbox, a promotion with its reason, two browsers that race, the way back, the audit. */
import { createServer } from "node:http";
import { expect, test } from "playwright/test";
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
  readonly server = createServer(async (request, response) => {
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
  await expect.poll(() => consul.weights).toEqual([90, 10]);
  await other.getByRole("button", { name: "Promote now" }).click();
  await expect(other.getByRole("main").getByRole("alert")).toContainText(
    /changed by local-unauthenticated at .*0 → 10 %/,
  );
  expect(consul.writes).toBe(1);
  await other.close();
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
  expect(await axeViolations(page)).toEqual([]);
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
