/** The mTLS page: the figures are the API's, every plaintext caller has a reason and a way onward, states are drawn. */
import { expect, test } from "playwright/test";
import { certificateListSchema, mtlsAnswerSchema } from "../lib/query/schema/security.ts";
import { type CollectorProcess, startCollector } from "./support/collector-process.ts";
import { apiJson, axeViolations, uiUrl, whenEstateIsThere } from "./support/page.ts";
import { startUi, type UiProcess } from "./support/ui-process.ts";

test.describe("with the simulated estate", () => {
  test.beforeAll(async () => {
    test.setTimeout(90_000);
    await whenEstateIsThere();
  });

  test("coverage by place says what the API says, and what is chosen is in the URL", async ({ page }) => {
    await page.goto(uiUrl("/mtls"));
    const answer = await apiJson("/mtls", mtlsAnswerSchema);
    const table = page.getByRole("table", { name: "Coverage by namespace" });
    for (const { name } of answer.namespaces.filter((place) => place.name !== "")) {
      await expect(table.getByRole("row").filter({ hasText: name }).first()).toBeVisible();
    }
    await expect(page.getByRole("main")).toContainText(/mutual of [\d,.]+ requests/);
    await page.getByRole("radio", { name: "Mesh", exact: true }).click();
    await expect(page).toHaveURL(/by=mesh/);
    await expect(page.getByRole("table", { name: "Coverage by mesh" })).toContainText("istio");
    await page.reload();
    await expect(page.getByRole("table", { name: "Coverage by mesh" })).toContainText("requests");
    await page.getByRole("radio", { name: "Edge", exact: true }).click();
    await expect(page.getByRole("row").filter({ hasText: "all mutual" }).first()).toBeVisible();
  });

  test("every caller in plaintext has a reason, its edge on the map and its traces", async ({ page }) => {
    await page.goto(uiUrl("/mtls"));
    await page.getByRole("radio", { name: /Plaintext callers/ }).click();
    const table = page.getByRole("table", { name: "Callers in plaintext, worst first" });
    const { plaintext } = await apiJson("/mtls", mtlsAnswerSchema);
    expect(plaintext.total).toBeGreaterThan(0);
    for (const { reason } of plaintext.callers) expect(reason).not.toBeNull();
    const [worst] = plaintext.callers;
    const name = `${worst?.source.name} → ${worst?.target.name}`;
    await expect(
      table
        .getByRole("row")
        .filter({ hasText: worst?.target.name ?? "" })
        .first(),
    ).toBeVisible();
    await expect(table.getByRole("link", { name: `Traces of ${name}` }).first()).toHaveAttribute(
      "href",
      /\/traces\?edge=/,
    );
    await table
      .getByRole("link", { name: `${name} on the map` })
      .first()
      .click();
    await expect(page).toHaveURL(new RegExp(`edge=${worst?.id}`));
    await expect(page.getByRole("complementary")).toContainText("plaintext");
  });

  test("certificates have time left, and those that are not told of say so with a setting", async ({
    page,
    context,
  }) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto(uiUrl("/mtls?tab=certificates"));
    const list = await apiJson("/certificates", certificateListSchema);
    expect(list.states.ok).toBeGreaterThan(0);
    const table = page.getByRole("table", { name: "Certificates, worst first" });
    await expect(table.getByRole("row").filter({ hasText: /\d+ h/ }).first()).toBeVisible();
    if (list.notCollected.length > 0) {
      await page.getByRole("button", { name: /not collected from/ }).click();
      await expect(page.getByRole("dialog")).toContainText(list.notCollected[0]?.setting ?? "");
      await page.keyboard.press("Escape");
    }
    await page.getByRole("button", { name: "Copy as CSV" }).click();
    const csv = await page.evaluate(() => navigator.clipboard.readText());
    expect(csv.trim().split("\n").length).toBeGreaterThan(list.states.ok);
  });

  test("`g l` leads there, and a scope narrows it", async ({ page }) => {
    await page.goto(uiUrl("/services"));
    await expect(page.getByRole("row").nth(1)).toBeVisible();
    await page.keyboard.press("g");
    await page.keyboard.press("l");
    await expect(page).toHaveURL(/\/mtls/);
    await page.goto(uiUrl("/mtls?ns=shop&by=namespace"));
    await expect(page.getByRole("table")).toContainText("shop");
    await expect(page.getByRole("table")).not.toContainText("finance");
  });

  for (const query of ["", "?by=edge", "?tab=plaintext", "?tab=certificates"]) {
    for (const colorScheme of ["light", "dark"] as const) {
      test(`axe finds nothing on /mtls${query} in ${colorScheme}`, async ({ page }) => {
        await page.emulateMedia({ colorScheme });
        await page.goto(uiUrl(`/mtls${query}`));
        await expect(page.getByRole("row").nth(1)).toBeVisible();
        expect(await axeViolations(page)).toEqual([]);
      });
    }
  }
});

test.describe("without an estate", () => {
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

  test("empty says what fills it; a collector that goes away leaves old data marked, and then an error with a code", async ({
    page,
  }) => {
    await page.goto(`${ui.url}/mtls`);
    await expect(page.getByRole("main")).toContainText("scrape:");
    expect(await axeViolations(page)).toEqual([]);
    await collector.stop();
    await page.reload();
    await expect(page.getByRole("main")).toContainText("collector_unreachable");
    expect(await axeViolations(page)).toEqual([]);
  });
});
