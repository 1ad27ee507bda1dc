/** Takes the pictures of README.md and docs/guide from the running demo: `MESHSCOPE_PICTURES=1 npm test -- browser`; without it the config leaves this file out. */
import { join } from "node:path";
import { expect, test } from "playwright/test";
import { serviceListSchema } from "../lib/query/schema/estate.ts";
import { traceListSchema } from "../lib/query/schema/traces.ts";
import { ROOT } from "./support/collector-process.ts";
import { apiJson, edgeBetween, openMap, switchIncident, uiUrl, whenEstateIsThere } from "./support/page.ts";

const FOLDER = join(ROOT, "docs/images/");

test.describe.configure({ mode: "serial" });
test.setTimeout(500_000);

test.beforeAll(async () => {
  test.setTimeout(500_000);
  await whenEstateIsThere();
  await switchIncident("bad-canary", true);
  // About four minutes of traffic: the strip and the sparklines have something to show.
  const seen = async () => (await edgeBetween("cart-v1", "payments-v2")).edge.health.requests;
  await expect.poll(seen, { timeout: 400_000, intervals: [2000] }).toBeGreaterThan(1200);
});
test.afterAll(() => switchIncident("bad-canary", false));

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test("every page", async ({ page }) => {
      const { edge } = await edgeBetween("cart-v1", "payments-v2");
      const shoot = (name: string) => page.screenshot({ path: `${FOLDER}${name}-${colorScheme}.png` });
      await openMap(page, `?edge=${edge.id}`);
      await expect(page.getByRole("complementary")).toContainText("503");
      await page.waitForTimeout(1500);
      await shoot("map");
      await page.goto(uiUrl("/?show=table"));
      await expect(page.getByRole("row").nth(5)).toBeVisible();
      await shoot("table");
      await page.goto(uiUrl("/traces"));
      await expect(page.getByRole("row").nth(5)).toBeVisible();
      await shoot("traces");
      const failed = await apiJson(
        `/traces?edge=${edge.id}&hasError=1&limit=1&end=${Date.now() - 15_000}`,
        traceListSchema,
      );
      await page.goto(uiUrl(`/traces/${failed.traces[0]?.traceId}`));
      await expect(page.getByRole("treegrid", { name: "Spans" })).toBeVisible();
      await page.getByRole("treegrid", { name: "Spans" }).focus();
      await page.keyboard.press("e");
      await page.keyboard.press("Enter");
      await page.waitForTimeout(500);
      await shoot("trace");
      const { services } = await apiJson("/services", serviceListSchema);
      const payments = services.find(({ name }) => name === "payments");
      for (const [name, path] of [
        ["heatmap", `/heatmap?edge=${(await edgeBetween("cart-v1", "payments-v1")).edge.id}`],
        ["service", `/services/${payments?.id}`],
        ["mtls", "/mtls"],
        ["rollouts", "/rollouts"],
        ["rollout", "/rollouts/payments"],
        ["wall", "/?wall=1"],
        ["services", "/services"],
        ["sources", "/sources"],
        ["simulation", "/simulation"],
      ] as const) {
        await page.goto(uiUrl(path));
        await expect(page.getByRole("main").getByRole("heading").first()).toBeAttached();
        await page.waitForTimeout(2500);
        await shoot(name);
      }
    });
  });
}
