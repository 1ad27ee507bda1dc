/** What the screens say when there is nothing, when something is wrong, and when the collector goes away and comes back. */
import { expect, test } from "playwright/test";
import { type CollectorProcess, startCollector } from "./support/collector-process.ts";
import { axeViolations } from "./support/page.ts";
import { zipkinBody } from "./support/payloads.ts";
import { startUi, type UiProcess } from "./support/ui-process.ts";

let collector: CollectorProcess;
let ui: UiProcess;

test.beforeAll(async () => {
  collector = await startCollector();
  ui = await startUi(collector.api);
});
test.afterAll(async () => {
  await ui.stop();
  await collector.stop();
});

test("an empty map, empty traces and empty sources name the command that fills them", async ({ page }) => {
  await page.goto(`${ui.url}/`);
  await expect(page.getByRole("main")).toContainText("scrape:");
  await expect(page.getByText("Simulated estate")).toHaveCount(0);
  expect(await axeViolations(page)).toEqual([]);
  await page.goto(`${ui.url}/traces`);
  await expect(page.getByRole("main")).toContainText("curl");
  await expect(page.getByRole("main")).toContainText(`${collector.otlpHttp}/v1/traces`);
  expect(await axeViolations(page)).toEqual([]);
  await page.goto(`${ui.url}/services`);
  await expect(page.getByRole("main")).toContainText("No service was seen");
  await page.goto(`${ui.url}/heatmap`);
  await expect(page.getByRole("main")).toContainText("No traffic to look at");
  await expect(page.getByRole("main")).toContainText("scrape:");
  expect(await axeViolations(page)).toEqual([]);
  await page.goto(`${ui.url}/sources`);
  await expect(page.getByRole("row").filter({ hasText: "OTLP/HTTP" })).toBeVisible();
});

test("the command on the empty page works: its span is found and opened", async ({ page }) => {
  const body = zipkinBody(4, "states-spec");
  const sent = await fetch(`${collector.zipkin}/api/v2/spans`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  expect(sent.status).toBe(202);
  await page.goto(`${ui.url}/traces`);
  await page.getByRole("row").getByRole("link").first().click();
  await expect(page.getByRole("treegrid", { name: "Spans" }).getByRole("row")).toHaveCount(5);
});

test("an unknown trace, a bad id and a bad condition are errors with a code", async ({ page }) => {
  await page.goto(`${ui.url}/traces/${"a".repeat(32)}`);
  await expect(page.getByRole("main")).toContainText("trace_not_found");
  expect(await axeViolations(page)).toEqual([]);
  await page.goto(`${ui.url}/traces?attr=${encodeURIComponent("=~(")}`);
  await expect(page.getByRole("main")).toContainText(/attr|condition/i);
  await page.goto(`${ui.url}/nowhere`);
  await expect(page.getByRole("main")).toContainText(/no such page|not found/i);
});

test("a collector that goes away is said so with a code and what to do", async ({ page }) => {
  await page.goto(`${ui.url}/sources`);
  await expect(page.getByRole("row").filter({ hasText: "OTLP/HTTP" })).toBeVisible();
  await collector.stop();
  await page.goto(`${ui.url}/`);
  await expect(page.getByRole("main")).toContainText("collector_unreachable");
  await expect(page.getByRole("main")).toContainText("npm run collector");
  for (const path of ["/heatmap?node=AAAAAAAAAAAAAAAA", "/services/AAAAAAAAAAAAAAAA"]) {
    await page.goto(`${ui.url}${path}`);
    await expect(page.getByRole("main")).toContainText("collector_unreachable");
  }
  expect(await axeViolations(page)).toEqual([]);
});
