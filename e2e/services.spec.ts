/** The page of a service: versions side by side, callers and calls, latency, traces, security; by keyboard, both themes. */
import { expect, type Page, test } from "playwright/test";
import { type EntityAnswer, entityAnswerSchema } from "../lib/query/schema/entity.ts";
import { serviceListSchema } from "../lib/query/schema/estate.ts";
import { apiJson, axeViolations, openMap, switchIncident, uiUrl, whenEstateIsThere } from "./support/page.ts";

test.describe.configure({ timeout: 120_000 });

test.beforeAll(async () => {
  test.setTimeout(120_000);
  await whenEstateIsThere();
});

async function idOf(name: string): Promise<string> {
  const { services } = await apiJson("/services?limit=200", serviceListSchema);
  return services.find((service) => service.name === name)?.id ?? "";
}

const answerOf = (id: string): Promise<EntityAnswer> => apiJson(`/services/${id}`, entityAnswerSchema);

async function openService(page: Page, id: string): Promise<void> {
  await page.goto(uiUrl(`/services/${id}`));
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
}

test("a row of the list opens its page, which names its place, callers and calls", async ({ page }) => {
  await page.goto(uiUrl("/services"));
  await page.getByRole("row").filter({ hasText: "payments" }).first().focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/services\/[A-Za-z0-9_-]{16}/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("payments");
  const id = await idOf("payments");
  const { node, inbound, outbound } = await answerOf(id);
  await expect(page.getByRole("main")).toContainText(`${node.namespace} · ${node.cluster}`);
  const callers = page.getByRole("table", { name: "Callers, worst first" });
  await expect(callers.getByRole("row")).toHaveCount(inbound.length + 1);
  const calls = page.getByRole("table", { name: "Calls, worst first" });
  await expect(calls.getByRole("row")).toHaveCount(outbound.length + 1);
  await callers.getByRole("link").first().click();
  await expect(page).toHaveURL(/\/\?view=service&edge=/);
  await expect(page.getByRole("complementary", { name: "Edge" })).toBeVisible();
});

test("versions stand side by side, and their shares are all of the requests", async ({ page }) => {
  const id = await idOf("payments");
  const { versions } = await answerOf(id);
  expect(versions.map(({ version }) => version).sort()).toEqual(["v1", "v2"]);
  expect(versions.reduce((sum, { share }) => sum + (share ?? 0), 0)).toBeCloseTo(1, 3);
  await openService(page, id);
  const table = page.getByRole("table", { name: "Versions" });
  await expect(table.getByRole("row")).toHaveCount(3);
  await expect(page.getByRole("region", { name: "Versions side by side" })).toContainText(
    /v2 takes .* of the requests/,
  );
});

test("a bad canary is told from the version beside it", async ({ page }) => {
  test.setTimeout(180_000);
  const id = await idOf("payments");
  await switchIncident("bad-canary", true);
  try {
    const failing = async () => {
      const { versions } = await answerOf(id);
      return versions.find(({ version }) => version === "v2")?.errorRatio ?? 0;
    };
    await expect.poll(failing, { timeout: 120_000 }).toBeGreaterThan(0.01);
    await openService(page, id);
    await expect(page.getByRole("region", { name: "Versions side by side" })).toContainText(
      /v2 takes .* of the requests, fails [\d.]+ % of them against/,
    );
  } finally {
    await switchIncident("bad-canary", false);
  }
});

test("small heatmaps, one a version, lead to the page; traces and security are there", async ({ page }) => {
  const id = await idOf("payments");
  await openService(page, id);
  const pictures = page.getByRole("link", { name: /Latency of .* over time/ });
  await expect(pictures).toHaveCount(3);
  await expect(page.getByRole("main")).toContainText(/% mutual of [\d,]+ requests/);
  await expect(page.getByRole("main")).toContainText("spiffe://");
  const newest = page.locator("main a[href*='/traces/']");
  await expect(newest.first()).toBeVisible();
  await pictures.first().click();
  await expect(page).toHaveURL(new RegExp(`/heatmap\\?.*node=${id}`));
  await page.goBack();
  await page.getByRole("link", { name: "All its traces" }).click();
  await expect(page.getByRole("row").nth(1)).toBeVisible();
});

test("the palette finds a service and opens its page", async ({ page }) => {
  await openMap(page);
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder("A service, a workload").fill("payments");
  await page.getByRole("option", { name: /payments.*service · finance/ }).click();
  await expect(page).toHaveURL(/\/services\//);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("payments");
});

test("an unknown service is an error with its code", async ({ page }) => {
  await page.goto(uiUrl("/services/AAAAAAAAAAAAAAAA"));
  await expect(page.getByRole("main").getByRole("alert")).toContainText("service_not_found");
  expect(await axeViolations(page)).toEqual([]);
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const viewport of [
    { width: 1440, height: 900 },
    { width: 768, height: 1024 },
  ]) {
    test.describe(`${colorScheme}, ${viewport.width} px`, () => {
      test.use({ colorScheme, viewport });
      test("nothing in the way of anyone", async ({ page }) => {
        await openService(page, await idOf("payments"));
        await expect(page.getByRole("link", { name: /Latency of .* over time/ }).first()).toBeVisible();
        expect(await axeViolations(page)).toEqual([]);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(wide).toBeLessThanOrEqual(0);
      });
    });
  }
}
