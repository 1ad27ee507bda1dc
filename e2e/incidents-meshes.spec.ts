/** An incident in each of the other meshes and one between two: switched on as a person would, found from the screen alone. */
import { expect, type Locator, type Page, test } from "playwright/test";
import { endIncidents, LAST_MINUTE, openMap, turnOn, uiUrl, whenEstateIsThere } from "./support/page.ts";

test.setTimeout(150_000);
test.beforeAll(async () => {
  test.setTimeout(90_000);
  await whenEstateIsThere();
});

test.afterEach(endIncidents);

const LATE = { timeout: 90_000 };

const panelOf = (page: Page): Locator => page.getByRole("complementary");

/** The edge among those that the map lists as bad: degraded or failing, worst first. */
async function openBadEdge(page: Page, name: RegExp): Promise<void> {
  await openMap(page, LAST_MINUTE);
  const bad = panelOf(page).getByRole("button", { name }).first();
  await expect(bad).toHaveAccessibleName(/degraded|failing|failure/, LATE);
  await bad.click();
  await expect(panelOf(page).getByRole("heading", { level: 2 })).toContainText(name);
}

test("Linkerd, policy denies a caller: orders → fulfilment is all client errors", async ({ page }) => {
  await turnOn(page, "Policy denies a caller");
  await openBadEdge(page, /orders → fulfilment/);
  await expect(panelOf(page)).toContainText("403", LATE);
});

test("Linkerd, an unmeshed scanner: its calls of orders are the plaintext from a caller without a proxy", async ({
  page,
}) => {
  await turnOn(page, "Unmeshed scanner");
  await page.goto(uiUrl(`/mtls${LAST_MINUTE}`));
  await page.getByRole("radio", { name: /Plaintext callers/ }).click();
  const table = page.getByRole("table", { name: "Callers in plaintext, worst first" });
  const row = table.getByRole("row").filter({ hasText: "unknown" }).filter({ hasText: "orders" });
  await expect(row.first()).toBeVisible(LATE);
});

test("Consul, an intention denies: billing → invoices is refused, and the panel says by policy", async ({ page }) => {
  await turnOn(page, "Intention denies");
  await openBadEdge(page, /billing → invoices/);
  await expect(panelOf(page)).toContainText("403", LATE);
  await expect(panelOf(page)).toContainText("denied by policy");
});

test("App Mesh, a circuit breaker opens: loyalty → offers overflows, and the breaker is said to be open", async ({
  page,
}) => {
  await turnOn(page, "Circuit breaker open");
  await openBadEdge(page, /loyalty → offers/);
  await expect(panelOf(page)).toContainText("refused by the circuit breaker", LATE);
  await expect(panelOf(page).getByText("open", { exact: true })).toBeVisible(LATE);
});

test("between meshes, a slow link: fulfilment → billing leads the table by p95, the gateway's way to billing does not", async ({
  page,
}) => {
  await turnOn(page, "Slow link between meshes");
  await page.goto(uiUrl(`/${LAST_MINUTE}&show=table`));
  const rows = page.getByRole("row");
  await expect(rows.nth(1)).toBeVisible();
  await page.getByRole("columnheader", { name: "p95" }).getByRole("button").first().click();
  const order = async (): Promise<readonly number[]> => {
    const texts = await rows.allInnerTexts();
    return [/fulfilment[\s\S]*billing/, /api-gateway[\s\S]*billing/].map((pattern) =>
      texts.findIndex((text) => pattern.test(text)),
    );
  };
  await expect
    .poll(async () => {
      const [slow = -1, fast = -1] = await order();
      return slow > 0 && slow <= 4 && (fast === -1 || fast > slow);
    }, LATE)
    .toBe(true);
});

test("certificates not renewed: shipping's missed its rotation and stands first, tax's has less than a day left", async ({
  page,
}) => {
  await turnOn(page, "Certificates not renewed");
  await page.goto(uiUrl("/mtls?tab=certificates"));
  const rows = page.getByRole("table", { name: "Certificates, worst first" }).getByRole("row");
  await expect(rows.nth(1)).toContainText(/renewal missed[\s\S]*shipping/, LATE);
  // Consul's proxies print whole days: of an hour less than one is known.
  await expect(rows.filter({ hasText: "tax" })).toContainText(/<\s*1\s*d/, LATE);
});
