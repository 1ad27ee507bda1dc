/**
 * The promotion button on the simulated estate, mesh by mesh: traffic moves and is proved, a bad canary is seen and taken
 * back, of two people one is told, a control plane that is down leaves the way back, and owners are told what a person wants.
 * Each test begins with control planes as at the demo's start and with rollouts of its own.
 */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, type Page, test } from "playwright/test";
import { z } from "zod";
import { auditListSchema } from "../lib/query/schema/audit.ts";
import { graphSchema } from "../lib/query/schema/graph.ts";
import { receiptSchema, rolloutDetailSchema, rolloutListSchema } from "../lib/query/schema/rollouts.ts";
import {
  apiJson,
  apiPost,
  axeViolations,
  controlPost,
  demoFolder,
  endIncidents,
  switchIncident,
  uiUrl,
} from "./support/page.ts";

const PROVED_MS = 180_000;
const OWN = ["payments", "fulfilment", "rates", "offers"] as const;
type Own = (typeof OWN)[number];

/** What the launcher wrote for the demo: one definition a mesh. */
const folder = (): string => join(demoFolder(), "rollouts");
const definitionSchema = z.looseObject({ id: z.string(), service: z.string() });
const definitions = () =>
  readdirSync(folder()).map((file) => definitionSchema.parse(JSON.parse(readFileSync(join(folder(), file), "utf8"))));

const list = async () => (await apiJson("/rollouts?limit=1000", rolloutListSchema)).rollouts;
const detail = (id: string) => apiJson(`/rollouts/${encodeURIComponent(id)}`, rolloutDetailSchema);
const isOver = (state: string): boolean => state === "promoted" || state === "rolledBack";

/** Every rollout of Meshscope's own is taken back and over; then the control planes are as at the start. */
async function afresh(): Promise<void> {
  await endIncidents();
  await expect
    .poll(
      async () => {
        const open = (await list()).filter(({ owner, state }) => owner.kind === "meshscope" && !isOver(state));
        for (const { id, revision, state } of open) {
          const body = {
            action: "rollback",
            reason: "another test",
            expectedRevision: revision,
            intentId: randomUUID(),
          };
          if (state !== "rollingBack") await apiPost(`/rollouts/${id}/actions`, body);
        }
        return open.length;
      },
      { timeout: 60_000, intervals: [1_000] },
    )
    .toBe(0);
  await controlPost("/reset");
}

/** A release of the service that waits at its first gate; its name is no other's. */
async function begin(service: Own): Promise<string> {
  const definition = definitions().find((one) => one.service === service);
  const id = `${service}-${randomUUID().slice(0, 8)}`;
  await expect(async () => {
    const answer = await apiPost("/rollouts", { ...definition, id, name: `${id} release` });
    expect(await answer.text()).toContain(id);
    expect(answer.status).toBe(201);
  }).toPass({ timeout: 30_000 });
  await expect.poll(async () => (await detail(id)).actions, { timeout: 30_000 }).toContain("promote");
  return id;
}

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });

async function open(page: Page, id: string): Promise<void> {
  await page.goto(uiUrl(`/rollouts/${encodeURIComponent(id)}`));
  await expect(page.getByRole("article")).toBeVisible();
}

/** As a person does: the button, what it says, why, and yes. */
async function press(page: Page, name: string | RegExp, yes: string, reason: string): Promise<void> {
  await button(page, name).first().click();
  await page.getByLabel("Reason").fill(reason);
  await button(page, yes).click();
}

const promote = (page: Page, reason: string) => press(page, /^Promote(:|$)/, "Promote now", reason);
const takeBack = (page: Page, reason: string) => press(page, "Roll back", "Roll back now", reason);

test.beforeEach(afresh);
test.afterAll(async () => {
  await afresh();
  for (const service of OWN) await begin(service);
});

/** The button is pressed as a person does; which rollout it was. */
async function promoteOn(page: Page, id: string): Promise<string> {
  await open(page, id);
  await promote(page, `${id} looks well`);
  await expect(page.getByText(/Promote: taken at/)).toBeVisible();
  return id;
}

/** What the counters of the callers say of it, and then the page. */
async function seeItProved(page: Page, id: string): Promise<void> {
  const shift = async () => (await detail(id)).shift;
  await expect.poll(shift, { timeout: PROVED_MS, intervals: [1_000], message: id }).toBe("verified");
  const { routes, desired, observed } = await detail(id);
  expect(desired, id).toBe(0.25);
  expect(observed, id).toBeGreaterThan(0.15);
  expect(observed, id).toBeLessThan(0.35);
  expect(routes[0]?.callers.filter(({ state }) => state === "follows").length, id).toBeGreaterThan(0);
  const { audit } = await apiJson(`/audit?rollout=${id}`, auditListSchema);
  expect(audit.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual(
    expect.arrayContaining(["promote applied", "write applied"]),
  );
  await open(page, id);
  await expect(page.getByRole("article").getByText("verified").first()).toBeVisible();
}

/** An edge to each release's versions names it; its panel draws the share over time and leads to it. */
async function seeItOnEdges(page: Page, ids: readonly string[]): Promise<void> {
  const { edges } = await apiJson("/graph", graphSchema);
  const edgeOf = (id: string) => edges.find(({ split }) => split?.some(({ release }) => release?.rollout === id))?.id;
  const found = new Map(ids.map((id) => [id, edgeOf(id)]));
  expect([...found].filter(([, edge]) => edge === undefined)).toEqual([]);
  const [id = ""] = ids;
  await page.goto(uiUrl(`/?edge=${found.get(id)}`));
  const panel = page.getByRole("complementary");
  await expect(panel.getByText("desired 25 % (dashed)")).toBeVisible();
  await panel.getByRole("link", { name: /^What may be done: / }).click();
  await expect(page).toHaveURL(new RegExp(`/rollouts/${id}`));
}

/** A release that its owner moves on when it is told what a person wants. */
async function promoteOwned(page: Page, kind: "argoRollouts" | "flagger"): Promise<string> {
  const id = (await list()).find(({ owner }) => owner.kind === kind)?.id ?? `none of ${kind}`;
  await expect.poll(async () => (await detail(id)).actions, { timeout: 60_000 }).toContain("promote");
  await promoteOn(page, id);
  await expect(page.getByRole("article")).toContainText(kind === "flagger" ? "Flagger" : "Argo Rollouts");
  const { audit } = await apiJson(`/audit?rollout=${encodeURIComponent(id)}`, auditListSchema);
  expect(audit[0]).toMatchObject({ action: "promote", outcome: "applied", reason: `${id} looks well` });
  return id;
}

test("on each of the four meshes the button moves the traffic, and the share is proved by its callers; owners do as they are told", async ({
  page,
}) => {
  test.setTimeout(PROVED_MS + 120_000);
  const ids = await Promise.all(OWN.map(begin));
  // Those whose proxies take the longest first.
  for (const id of ids.toReversed()) await promoteOn(page, id);
  const argo = await promoteOwned(page, "argoRollouts");
  const flagger = await promoteOwned(page, "flagger");
  const desired = (id: string) => async () => (await detail(id)).desired;
  await expect.poll(desired(argo), { timeout: 60_000 }).toBeCloseTo(0.5);
  await expect.poll(desired(flagger), { timeout: 60_000 }).toBeCloseTo(0.4);
  for (const id of ids) await seeItProved(page, id);
  await seeItOnEdges(page, [...ids, argo, flagger]);
});

test("a bad canary fails with its evidence on the page and is taken back; where one caller keeps the old weights the page says which", async ({
  page,
}) => {
  test.setTimeout(PROVED_MS + 120_000);
  for (const name of ["bad-canary", "partial-propagation"]) await switchIncident(name, true);
  const bad = await begin("payments");
  const partial = await promoteOn(page, await begin("fulfilment"));
  const article = page.getByRole("article");

  const verdict = async () => (await detail(bad)).verdict;
  await expect.poll(verdict, { timeout: PROVED_MS, intervals: [1_000] }).toBe("fail");
  await open(page, bad);
  await expect(article).toContainText("The judge fails the new version");
  await expect(article).toContainText(/× the old version's/);
  expect(await axeViolations(page)).toEqual([]);
  await takeBack(page, "one charge in eight fails");
  await expect(article).toContainText("rolled back", { timeout: 60_000 });
  expect((await detail(bad)).routes[0]?.desired).toBe(0);

  await expect(async () => {
    const { shift, routes, blocked } = await detail(partial);
    const stays = routes[0]?.callers.filter(({ state }) => state === "stays") ?? [];
    expect([shift, blocked["promote"]?.code]).toEqual(["partial", "not_verified"]);
    expect(stays.map(({ caller }) => caller).join()).toContain("orders-ingress");
  }).toPass({ timeout: PROVED_MS, intervals: [1_000] });
  await open(page, partial);
  await expect(article).toContainText("Some callers did not follow");
  await expect(article.getByRole("row").filter({ hasText: "orders-ingress" })).toContainText("stays at the old share");
});

test("of two browsers with one revision one promotes, and the other is told who did what", async ({
  page,
  context,
}) => {
  const id = await begin("payments");
  const other = await context.newPage();
  for (const one of [page, other]) await open(one, id);
  await button(other, /^Promote:/).click();
  await other.getByLabel("Reason").fill("me first");
  await promote(page, "smoke is green");
  await expect(page.getByText(/Promote: taken at/)).toBeVisible();
  await button(other, "Promote now").click();
  await expect(other.getByRole("main").getByRole("alert")).toContainText(/changed by .* at .*10 → 25 %/);
  const { audit } = await apiJson(`/audit?rollout=${id}`, auditListSchema);
  expect(audit.filter(({ action }) => action === "write")).toHaveLength(1);
});

test("while a control plane is down the page says what to do, and the way back is taken and done once it is there", async ({
  page,
}) => {
  test.setTimeout(PROVED_MS);
  const id = await begin("rates");
  await open(page, id);
  await switchIncident("consul-api-down", true);
  await expect
    .poll(async () => (await detail(id)).blocked["promote"]?.code, { timeout: 30_000, intervals: [500] })
    .toBe("unavailable");
  const { routes, previews } = await detail(id);
  expect(routes[0]?.error?.code).toBe("unavailable");
  await expect(page.getByText(/vm cannot be asked/).first()).toBeVisible();
  const command = previews.find(({ action }) => action === "rollback")?.breakGlass ?? "";
  expect(command).toContain("/v1/config");
  await expect(page.getByText(command.split("\n")[0] ?? "", { exact: false }).first()).toBeVisible();
  expect((await apiJson("/rollouts", rolloutListSchema)).unreachable.map(({ target }) => target)).toContain("vm");
  await takeBack(page, "now");
  await expect(page.getByText(/Roll back: taken at/)).toBeVisible();
  await switchIncident("consul-api-down", false);
  await expect(page.getByRole("article")).toContainText("rolled back", { timeout: 60_000 });
});

test("the same click again is the same act", async () => {
  const id = await begin("offers");
  const { revision } = await detail(id);
  const body = { action: "promote", reason: "twice", expectedRevision: revision, intentId: randomUUID() };
  const first = await apiPost(`/rollouts/${id}/actions`, body);
  const again = await apiPost(`/rollouts/${id}/actions`, body);
  expect([first.status, again.status]).toEqual([202, 200]);
  expect(receiptSchema.parse(await again.json()).repeated).toBe(true);
});
