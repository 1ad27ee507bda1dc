/** The way through: graph → edge → its traces → a span → back to the edge, by mouse and by keyboard, in both themes. */
import { expect, type Locator, type Page, test } from "playwright/test";
import { edgeAnswerSchema } from "../lib/query/schema/graph.ts";
import { traceListSchema } from "../lib/query/schema/traces.ts";
import {
  apiJson,
  axeViolations,
  edgeBetween,
  openMap,
  somethingOnCanvas,
  uiUrl,
  whenEstateIsThere,
} from "./support/page.ts";

test.beforeAll(async () => {
  test.setTimeout(90_000);
  await whenEstateIsThere();
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme });

    test("graph, edge, traces, span and back, by mouse", async ({ page }) => {
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(String(error)));
      await openMap(page);
      await expect(page.getByText("Simulated estate")).toBeVisible();
      expect(await axeViolations(page)).toEqual([]);

      const { edge } = await edgeBetween("cart-v1", "payments-v1");
      const panel = page.getByRole("complementary");
      await panel.getByRole("button", { name: /show more/i }).click();
      await panel.getByRole("button", { name: /cart-v1.*payments-v1/ }).click();
      await expect(page).toHaveURL(new RegExp(`edge=${edge.id}`));
      await expect(panel.getByRole("heading", { level: 2 })).toContainText("cart-v1 → payments-v1");
      const full = await apiJson(`/edges/${edge.id}`, edgeAnswerSchema);
      expect(full.edge.mtls?.mutual).toBe(1);
      await expect(panel).toContainText("100 % mutual");
      await expect(panel).toContainText("istio_requests_total");
      expect(await axeViolations(page)).toEqual([]);

      await panel.getByRole("link", { name: "Traces of this edge" }).click();
      await expect(page).toHaveURL(new RegExp(`/traces\\?.*edge=${edge.id}`));
      const row = page.getByRole("row").filter({ hasText: "istio-ingressgateway" }).first();
      await expect(row).toBeVisible();
      expect(await axeViolations(page)).toEqual([]);
      await row.getByRole("link").first().click();

      const span = page.getByRole("row", { name: /^payments\.finance payments\.finance\.svc/ }).first();
      await expect(span).toBeVisible();
      await span.click();
      const detail = page.getByRole("complementary");
      await expect(detail).toContainText("istio.canonical_service");
      expect(await axeViolations(page)).toEqual([]);
      await detail.getByRole("link", { name: /edge/i }).first().click();
      await expect(page).toHaveURL(/view=service.*edge=|edge=.*view=service/);
      await expect(page.getByRole("complementary").getByRole("heading", { level: 2 })).toContainText(/cart → payments/);
      expect(errors).toEqual([]);
    });
  });
}

/** Presses Tab until one of `wanted` has the focus. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await expect(wanted.first()).toBeVisible();
  for (let pressed = 0; pressed < 150; pressed++) {
    await page.keyboard.press("Tab");
    if (await wanted.evaluateAll((elements) => elements.some((element) => element === document.activeElement))) return;
  }
  throw new Error(`Tab does not reach ${wanted}`);
}

test("the same way by keyboard alone", async ({ page }) => {
  const { edge, source } = await edgeBetween("cart-v1", "payments-v1");
  const panel = page.getByRole("complementary");
  await openMap(page);
  // On the picture the arrows walk along edges; the find box leads to a name; Enter goes into the panel.
  const picture = page.getByRole("application");
  await tabTo(page, picture);
  await page.keyboard.press("ArrowRight");
  await expect(page).toHaveURL(/node=/);
  const findCart = async (): Promise<void> => {
    await page.keyboard.press("/");
    await page.keyboard.type("cart-v1");
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(new RegExp(`node=${source.id}`));
    await tabTo(page, picture);
  };
  // The first node may be one that calls nobody; cart-v1 does.
  await findCart();
  await page.keyboard.press("ArrowRight");
  await expect(page).not.toHaveURL(new RegExp(`node=${source.id}`));
  await findCart();
  await page.keyboard.press("Enter");
  await expect(panel).toBeFocused();
  await tabTo(page, panel.getByRole("button", { name: /payments-v1/ }));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`edge=${edge.id}`));
  await expect(panel).toBeFocused();

  await tabTo(page, panel.getByRole("link", { name: "Traces of this edge" }));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/traces\\?.*edge=${edge.id}`));
  await tabTo(page, page.getByRole("row").filter({ hasText: "istio-ingressgateway" }).getByRole("link"));
  await page.keyboard.press("Enter");

  const grid = page.getByRole("treegrid", { name: "Spans" });
  await tabTo(page, grid);
  const span = page.getByRole("row", { name: /^payments\.finance payments\.finance\.svc/ }).first();
  await expect(span).toBeVisible();
  const id = (await span.getAttribute("id")) ?? "";
  for (let pressed = 0; pressed < 100; pressed++) {
    if ((await grid.getAttribute("aria-activedescendant")) === id) break;
    await page.keyboard.press("ArrowDown");
  }
  await expect(grid).toHaveAttribute("aria-activedescendant", id);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/span=/);
  await tabTo(page, panel.getByRole("link", { name: "its edge on the map" }));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/view=service.*edge=|edge=.*view=service/);
  await expect(panel.getByRole("heading", { level: 2 })).toContainText(/cart → payments/);
  await expect(page.locator("[data-graph=drawn]")).toBeVisible();
});

test("what the pointer finds on the canvas can be clicked, and the background lets go", async ({ page }) => {
  await openMap(page);
  const place = await somethingOnCanvas(page, 3);
  await page.mouse.click(place.x, place.y);
  await expect(page).toHaveURL(/(node|edge|box)=/);
  await page.keyboard.press("Escape");
  await expect(page).not.toHaveURL(/(node|edge|box)=/);
});

test("an edge's traces in the browser are those of the API", async ({ page }) => {
  const { edge } = await edgeBetween("catalog-v1", "pricing-v1");
  // Traces that ended a while ago: their last spans have come.
  const list = await apiJson(`/traces?edge=${edge.id}&limit=1&end=${Date.now() - 15_000}`, traceListSchema);
  expect(list.total).toBeGreaterThan(0);
  await page.goto(uiUrl(`/traces/${list.traces[0]?.traceId}`));
  await expect(page.getByRole("treegrid", { name: "Spans" })).toBeVisible();
  await expect(page.getByText(`${list.traces[0]?.spanCount} spans`).first()).toBeVisible();
});
