/** Each incident of the demo: switched on as a person would, its culprit found from the screen alone, and its figures true. */
import { expect, test } from "playwright/test";
import { edgeAnswerSchema } from "../lib/query/schema/graph.ts";
import {
  apiJson,
  edgeBetween,
  endIncidents,
  LAST_MINUTE,
  openMap,
  switchIncident,
  turnOn,
  uiUrl,
  whenEstateIsThere,
} from "./support/page.ts";

test.setTimeout(150_000);
test.beforeAll(async () => {
  test.setTimeout(90_000);
  await whenEstateIsThere();
});

test.afterEach(endIncidents);

test("bad canary: cart → payments v2 is among the worst edges, v1 stays well", async ({ page }) => {
  await turnOn(page, "Bad canary");
  // The last minute: failures of an incident before this one are not in it for long.
  await openMap(page, LAST_MINUTE);
  const panel = page.getByRole("complementary");
  const canary = panel.getByRole("button", { name: /cart-v1 → payments-v2/ });
  await expect(canary).toHaveAccessibleName(/degraded|failing/, { timeout: 90_000 });
  await canary.click();
  await expect(panel).toContainText("503");
  const well = await edgeBetween("cart-v1", "payments-v1");
  expect(well.edge.health.state).toBe("healthy");
});

test("plaintext caller: one edge from an unknown caller is plaintext, one known edge is mutual only in part", async ({
  page,
}) => {
  await turnOn(page, "Plaintext caller");
  const share = async () => {
    const { edge } = await edgeBetween("web-v1", "accounts-v1");
    return edge.mtls?.plaintext ?? 0;
  };
  await expect.poll(share, { timeout: 60_000 }).toBeGreaterThan(0.005);
  const { edge } = await edgeBetween("unknown", "payments-v1");
  expect(edge.mtls).toMatchObject({ mutual: 0, plaintext: 1 });
  await openMap(page, `?edge=${edge.id}`);
  await expect(page.getByRole("complementary")).toContainText(/plaintext\s*100 %/);
});

test("slow dependency: pricing's p95 leaves the others behind, and callers' timeouts are the caller's view", async ({
  page,
}) => {
  await turnOn(page, "Slow dependency");
  const p95 = async () => (await edgeBetween("catalog-v1", "pricing-v1")).edge.latencyMs?.p95 ?? 0;
  await expect.poll(p95, { timeout: 90_000 }).toBeGreaterThan(700);
  await page.goto(uiUrl("/?show=table"));
  await expect(page.getByRole("row").nth(1)).toBeVisible();
  await page.getByRole("columnheader", { name: "p95" }).getByRole("button").first().click();
  await expect(page.getByRole("row").nth(1)).toContainText(/catalog|pricing|web|ingress/);
});

test("retry storm: stock gets more than catalog asked for, and the caller sees fewer failures", async () => {
  await switchIncident("retry-storm", true);
  const { edge } = await edgeBetween("catalog-v1", "stock-v1");
  await expect
    .poll(async () => (await apiJson(`/edges/${edge.id}`, edgeAnswerSchema)).edge.errorRatio ?? 0, { timeout: 90_000 })
    .toBeGreaterThan(0.1);
  const full = (await apiJson(`/edges/${edge.id}`, edgeAnswerSchema)).edge;
  expect(full.callerView?.requestsPerSec ?? 0).toBeLessThan(full.requestsPerSec ?? 0);
  expect(full.callerView?.errorRatio ?? 1).toBeLessThan(full.errorRatio ?? 0);
});
