/** Time on the map: the strip under hand and key, replay, two windows compared, what came and went, saved views. */
import { expect, type Locator, type Page, test } from "playwright/test";
import type { z } from "zod";
import { compareAnswerSchema } from "../lib/query/schema/compare.ts";
import { graphSchema } from "../lib/query/schema/graph.ts";
import { historySchema } from "../lib/query/schema/history.ts";
import { type CollectorProcess, eventually, startCollector } from "./support/collector-process.ts";
import { axeViolations } from "./support/page.ts";
import { PAST_MINUTES, type PastCalls, sendPast } from "./support/past.ts";
import { startUi, type UiProcess } from "./support/ui-process.ts";

const MINUTE = 60_000;
const SLOT = 10_000;

/** `payments` fails and slows from minute 4 before now on, `fraud` comes, `accounts` went at minute 6. */
const CALLS: readonly PastCalls[] = [
  { from: "web", to: "cart", perSec: 5 },
  { from: "web", to: "catalog", perSec: 2 },
  { from: "web", to: "catalog", perSec: 4, since: 2 },
  { from: "cart", to: "payments", perSec: 2, until: 4 },
  { from: "cart", to: "payments", perSec: 2, since: 4, failsOneOf: 4, ms: 400 },
  { from: "web", to: "accounts", perSec: 0.1, until: 6 },
  { from: "cart", to: "fraud", perSec: 0.1, since: 3.5 },
];

let collector: CollectorProcess;
let ui: UiProcess;
let now = 0;

test.beforeAll(async () => {
  collector = await startCollector({ store: "memory" });
  ui = await startUi(collector.api);
  now = Math.floor(Date.now() / SLOT) * SLOT;
  await sendPast(collector.zipkin, CALLS, now);
  const early = `start=${now - 8 * MINUTE}&end=${now - 7 * MINUTE}`;
  await eventually(async () => {
    const { edges } = await api(`/graph?view=service&${early}`, graphSchema);
    expect(edges).toHaveLength(4);
  });
});
test.afterAll(async () => {
  await ui.stop();
  await collector.stop();
});

const api = <T>(path: string, schema: z.ZodType<T>): Promise<T> => collector.json(`/api/v1${path}`, schema);

/** The map with a window of one minute that ends so many minutes before now. */
async function openAt(page: Page, minutesAgo: number, rest = ""): Promise<void> {
  const end = now - minutesAgo * MINUTE;
  await page.goto(`${ui.url}/?view=service&strip=30m&start=${end - MINUTE}&end=${end}${rest}`);
  await expect(page.locator("[data-graph=drawn]")).toBeVisible();
  await expect(windowSlider(page)).toBeVisible();
}

const windowSlider = (page: Page): Locator => page.getByRole("slider", { name: /^Window( B)?$/ });

function bounds(page: Page): [number, number] {
  const given = new URL(page.url()).searchParams;
  return [Number(given.get("start")), Number(given.get("end"))];
}

/** Start and end in minutes before now. */
const ago = (page: Page): number[] => bounds(page).map((at) => (now - at) / MINUTE);

test("the window is a slider: arrows by a slot, shift by six, pages, its ends apart, Home; and it is dragged and drawn", async ({
  page,
}) => {
  await openAt(page, 4);
  const window = windowSlider(page);
  await expect(window).toHaveAttribute("aria-valuetext", /^\d\d:\d\d:\d\d–\d\d:\d\d:\d\d /);
  await window.focus();
  await page.keyboard.press("ArrowLeft");
  await expect.poll(() => ago(page)).toEqual([5 + 1 / 6, 4 + 1 / 6]);
  await page.keyboard.press("Shift+ArrowRight");
  await expect.poll(() => ago(page)).toEqual([4 + 1 / 6, 3 + 1 / 6]);
  await page.keyboard.press("PageDown");
  await expect.poll(() => ago(page)).toEqual([5 + 1 / 6, 4 + 1 / 6]);
  await page.getByRole("slider", { name: "Start of the window" }).focus();
  await page.keyboard.press("Shift+ArrowLeft");
  await expect.poll(() => ago(page)).toEqual([6 + 1 / 6, 4 + 1 / 6]);
  await expect(window).toHaveAttribute("aria-valuenow", String(bounds(page)[0]));
  await expect.poll(() => axeViolations(page)).toEqual([]);
  await window.focus();
  await page.keyboard.press("Home");
  const first = Number(await window.getAttribute("aria-valuemin"));
  await expect.poll(() => bounds(page)).toEqual([first, first + 2 * MINUTE]);
  // Nothing was observed there: the panel goes, and the strip is measured once it has its room.
  await expect(page.getByText("Nothing was observed in this window")).toBeVisible();
  await expect(page.getByRole("complementary")).toHaveCount(0);
  await dragOnStrip(page);
  await expect(page.getByRole("img", { name: /^\d+ observed points, \d+ of them with failures$/ })).toBeVisible();
  await page.keyboard.press("l");
  await expect(page).not.toHaveURL(/start=/);
});

/** Along, anew on the ground, and to where one clicks. */
async function dragOnStrip(page: Page): Promise<void> {
  const [from, to] = ago(page);
  const box = await windowSlider(page).boundingBox();
  const strip = await windowSlider(page).locator("xpath=ancestor::*[@data-strip]").boundingBox();
  if (box === null || strip === null) throw new Error("no strip");
  const y = box.y + box.height / 2;
  const minutePx = strip.width / 30;
  const middle = box.x + box.width / 2;
  await page.mouse.move(middle, y);
  await page.mouse.down();
  await page.mouse.move(middle + 2 * minutePx, y, { steps: 4 });
  await page.mouse.up();
  await expect.poll(() => ago(page)).toEqual([(from ?? 0) - 2, (to ?? 0) - 2]);
  await page.mouse.move(strip.x + 10 * minutePx, y);
  await page.mouse.down();
  await page.mouse.move(strip.x + 13 * minutePx, y, { steps: 4 });
  await page.mouse.up();
  const length = () => bounds(page)[1] - bounds(page)[0];
  await expect.poll(length).toBeGreaterThanOrEqual(3 * MINUTE);
  expect(length()).toBeLessThanOrEqual(3 * MINUTE + SLOT);
  await page.mouse.click(strip.x + 20 * minutePx, y);
  const centre = Number(await windowSlider(page).getAttribute("aria-valuemin")) + 20 * MINUTE;
  await expect.poll(() => Math.abs((bounds(page)[0] + bounds(page)[1]) / 2 - centre)).toBeLessThanOrEqual(SLOT);
}

const two = (value: number): string => String(value).padStart(2, "0");
const clock = (atMs: number): string => {
  const at = new Date(atMs);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
};

/** What the panel says of everything in view: of which window, and how many requests a second. Both at one moment. */
function shown(page: Page): Promise<{ window: string; rate: number }> {
  return page.evaluate(() => {
    const text = document.querySelector("aside")?.textContent ?? "";
    const window = /Between services, (\d\d:\d\d:\d\d)/.exec(text)?.[1] ?? "";
    const rate = Number(/requests([\d.]+)/.exec(text)?.[1] ?? Number.NaN);
    return { window, rate };
  });
}

test("a replay shows one step after the other as the API tells them, holds, steps, and is live once it has caught up", async ({
  page,
}) => {
  await openAt(page, PAST_MINUTES - 1.5, "&replay=60");
  const seen = new Map<string, number>();
  await expect
    .poll(async () => {
      const { window, rate } = await shown(page);
      seen.set(window, rate);
      return seen.size;
    })
    .toBeGreaterThan(4);
  await page.getByRole("button", { name: "Hold the replay" }).click();
  await expect(page).toHaveURL(/replay=60(,|%2C)held/);
  let told = 0;
  for (let start = now - PAST_MINUTES * MINUTE; start < now; start += SLOT) {
    const rate = seen.get(clock(start));
    if (rate === undefined) continue;
    const { edges } = await api(`/graph?view=service&start=${start}&end=${start + MINUTE}`, graphSchema);
    const sum = edges.reduce((all, edge) => all + (edge.requestsPerSec ?? 0), 0);
    expect(Math.abs(rate - sum)).toBeLessThan(0.01 * sum);
    told++;
  }
  expect(told).toBe(seen.size);
  const [held] = bounds(page);
  await page.getByRole("button", { name: "A slot forward" }).click();
  await expect.poll(() => bounds(page)[0]).toBe(held + SLOT);
  await page.getByRole("button", { name: "A slot back" }).click();
  await expect.poll(() => bounds(page)[0]).toBe(held);
  await page.getByRole("combobox", { name: "speed" }).click();
  await page.getByRole("option", { name: "300×" }).click();
  await page.getByRole("button", { name: "Replay from here" }).click();
  await expect(page).not.toHaveURL(/start=|replay=/);
  await expect(page.getByRole("status").filter({ hasText: "replay" })).toHaveCount(0);
});

test("a replay waits for its data and says so, and what cannot be had stops it with the reason", async ({ page }) => {
  let asked = 0;
  let letGo: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await openAt(page, 7);
  await page.route(/\/api\/v1\/graph\?/, async (route) => {
    asked++;
    await gate;
    await route.continue();
  });
  const [start] = bounds(page);
  await page.getByRole("button", { name: "Replay from here" }).click();
  await expect(page.getByText("waiting for data")).toBeVisible();
  expect(asked).toBeGreaterThan(1);
  expect(bounds(page)[0]).toBe(start);
  letGo();
  await expect.poll(() => bounds(page)[0]).toBeGreaterThan(start);
  await page.unroute(/\/api\/v1\/graph\?/);
  await page.route(/\/api\/v1\/graph\?/, (route) =>
    route.fulfill({ status: 503, json: { code: "store_unavailable", message: "the store is away" } }),
  );
  await expect(page.getByText(/The replay stopped: .*store is away/)).toBeVisible();
  await expect(page).toHaveURL(/held/);
  await page.unroute(/\/api\/v1\/graph\?/);
  await page.getByRole("button", { name: "Live", exact: true }).click();
  await expect(page).not.toHaveURL(/start=|replay=/);
});

test("any two windows are compared on the strip: what changed is ranked, and can be told by kind", async ({ page }) => {
  await openAt(page, 7);
  await page.getByRole("button", { name: "Compare: mark as A" }).click();
  await expect(page.getByText("A is marked: choose B on the strip")).toBeVisible();
  await windowSlider(page).focus();
  for (let n = 0; n < 6; n++) await page.keyboard.press("PageUp");
  await expect.poll(() => ago(page)).toEqual([2, 1]);
  const [start, end] = bounds(page);
  const a = { start: now - 8 * MINUTE, end: now - 7 * MINUTE };
  expect(new URL(page.url()).searchParams.get("against")).toBe(`${a.start}-${a.end}`);
  const base = `baseStart=${a.start}&baseEnd=${a.end}`;
  const { changes } = await api(`/graph/compare?view=service&start=${start}&end=${end}&${base}`, compareAnswerSchema);
  const kinds = new Set(changes.map(({ kind }) => kind));
  for (const kind of ["added", "rate", "errors", "latency", "peers"] as const) expect(kinds).toContain(kind);
  const list = page.getByRole("list", { name: "What changed, most first" });
  await expect(list.getByRole("listitem")).toHaveCount(Math.min(12, changes.length));
  await expect(list).toContainText("cart → payments");
  await page.getByRole("combobox", { name: "show", exact: true }).click();
  await page.getByRole("option", { name: /^failures/ }).click();
  const failures = changes.filter(({ kind }) => kind === "errors").length;
  await expect(list.getByRole("listitem")).toHaveCount(failures);
  await expect(list.getByRole("listitem").first()).toContainText("25 %");
  await page.getByRole("slider", { name: "Window A, compared with" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(page).toHaveURL(new RegExp(`against=${a.start + SLOT}-${a.end + SLOT}`));
  await expect.poll(() => axeViolations(page)).toEqual([]);
  await page.setViewportSize({ width: 768, height: 1024 });
  await page.getByRole("button", { name: "What changed" }).click();
  await expect(list).toContainText("cart → payments");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Swap A and B" }).click();
  await expect.poll(() => bounds(page)).toEqual([a.start + SLOT, a.end + SLOT]);
  await page.getByRole("button", { name: "Stop comparing" }).click();
  await expect(page).not.toHaveURL(/against=/);
});

test("what came and went stands on the strip and leads to the time before and after it", async ({ page }) => {
  await openAt(page, 4);
  const list = page.getByRole("list", { name: "What came and went" });
  await expect(list.getByRole("button", { name: /fraud: new/ })).toBeAttached();
  const { entries } = await api(`/graph/history?view=service&start=${now - 20 * MINUTE}&end=${now}`, historySchema);
  const fraud = entries.find(({ kind, ends }) => kind === "new" && ends[0]?.name === "fraud");
  expect(Math.abs((now - (fraud?.atMs ?? 0)) / MINUTE - 3.5)).toBeLessThan(0.5);
  const gone = list.getByRole("button", { name: /accounts: not reported any more/ });
  await gone.focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/against=\d+-\d+/);
  await expect(page).toHaveURL(/node=/);
  expect(Math.abs(ago(page)[0] ?? 0) - 6).toBeLessThan(0.5);
});

test("a view is kept under a name, listed after a reload, renamed, opened, copied and deleted", async ({
  page,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openAt(page, 4, "&find=pay");
  const kept = new URL(page.url());
  await page.getByRole("button", { name: "Saved views" }).click();
  const name = page.getByRole("textbox", { name: "Keep this view as" });
  await page.getByRole("button", { name: "Keep", exact: true }).click();
  await expect(page.getByText("A view needs a name.")).toBeVisible();
  await name.fill("Payments before");
  await page.keyboard.press("Enter");
  const views = page.getByRole("list", { name: "Saved views" });
  await expect(views.getByRole("link", { name: /Payments before/ })).toBeVisible();
  await expect.poll(() => axeViolations(page)).toEqual([]);
  await page.goto(`${ui.url}/sources`);
  await page.getByRole("button", { name: "Saved views" }).click();
  await page.getByRole("button", { name: "Rename Payments before" }).click();
  await page.getByRole("textbox", { name: "New name of Payments before" }).fill("Payments at noon");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Copy the link of Payments at noon" }).click();
  await expect(page.getByRole("button", { name: "Link of Payments at noon copied" })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${ui.url}${kept.pathname}${kept.search}`);
  await views.getByRole("link", { name: /Payments at noon/ }).click();
  await expect(page).toHaveURL(kept.href);
  await page.getByRole("button", { name: "Saved views" }).click();
  await page.getByRole("button", { name: "Delete Payments at noon" }).click();
  await expect(page.getByText("Deleted “Payments at noon”.")).toBeVisible();
  await expect(page.getByText("None yet.")).toBeVisible();
});
