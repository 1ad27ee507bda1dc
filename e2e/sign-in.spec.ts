/** A collector that asks for a token: the way in, a refusal, what is shown to whom, and the way out. */
import { createHash } from "node:crypto";
import { expect, test } from "playwright/test";
import { type CollectorProcess, startCollector } from "./support/collector-process.ts";
import { axeViolations } from "./support/page.ts";
import { startUi, type UiProcess } from "./support/ui-process.ts";

const TOKEN = "a+b/c.d~e_f-0=";
let collector: CollectorProcess;
let ui: UiProcess;

test.beforeAll(async () => {
  const sha256 = createHash("sha256").update(TOKEN).digest("hex");
  const grants = [{ role: "viewer" }, { role: "operator", mesh: "istio" }];
  collector = await startCollector({ auth: { mode: "token", tokens: [{ name: "ann", sha256, grants }] } });
  ui = await startUi(collector.api);
});
test.afterAll(async () => {
  await ui.stop();
  await collector.stop();
});

test("without a token nothing is told; with one the page opens, and signing out closes it", async ({
  page,
  context,
}) => {
  expect((await fetch(`${collector.api}/api/v1/graph`)).status).toBe(401);
  await page.goto(`${ui.url}/services`);
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await expect(page.getByText("No service was seen")).toHaveCount(0);
  expect(await axeViolations(page)).toEqual([]);
  await page.getByLabel("Token", { exact: true }).fill("wrong");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main").getByRole("alert")).toContainText("token_unknown");
  await page.getByLabel("Token", { exact: true }).fill(TOKEN);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toContainText("No service was seen");
  await expect(page.getByText("ann", { exact: true })).toBeVisible();
  const [cookie] = (await context.cookies()).filter(({ name }) => name === "meshscope_token");
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict" });
  await page.reload();
  await expect(page.getByRole("main")).toContainText("No service was seen");
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
});
