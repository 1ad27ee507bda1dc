/** What the map keeps and says: pinned nodes, the overview, a wall, running traffic, labels and panels. On the demo's estate. */
import { expect, type Page, test } from "playwright/test";
import { z } from "zod";
import { graphSchema } from "../lib/query/schema/graph.ts";
import { startDoor } from "./support/api-door.ts";
import { apiJson, apiUrl, axeViolations, edgeBetween, openMap, uiUrl, whenEstateIsThere } from "./support/page.ts";
import { startUi } from "./support/ui-process.ts";

const countersSchema = z.object({
  layouts: z.number(),
  frames: z.number(),
  zoom: z.number(),
  pan: z.string(),
  pinned: z.record(z.string(), z.string()),
  boxes: z.record(z.string(), z.string()),
});
const flowSchema = z.object({ dots: z.number(), drawn: z.number(), late: z.number() });

test.beforeAll(whenEstateIsThere);

const canvas = (page: Page) => page.locator("canvas[role=application]");
const panel = (page: Page) => page.getByRole("complementary");
const parameter = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);

async function told<T>(page: Page, selector: string, schema: z.ZodType<T>): Promise<T> {
  const text = await page.locator(selector).evaluate((element) => {
    element.dispatchEvent(new Event("counters"));
    return element.getAttribute("data-counters");
  });
  return schema.parse(JSON.parse(text ?? "null"));
}
const counters = (page: Page) => told(page, "canvas[role=application]", countersSchema);

/** Workloads that call others. */
async function someWorkloads(): Promise<readonly [string, string]> {
  const { nodes, edges } = await apiJson("/graph", graphSchema);
  const callers = new Set(edges.map(({ source }) => source));
  const [one, other] = nodes.filter(({ id, kind }) => kind === "workload" && callers.has(id));
  if (one === undefined || other === undefined) throw new Error("too few workloads call others");
  return [one.id, other.id];
}
const aWorkload = async (): Promise<string> => (await someWorkloads())[0];

/** A place on the page under which a workload is. */
async function placeOfWorkload(page: Page): Promise<{ x: number; y: number }> {
  const box = await canvas(page).boundingBox();
  if (box === null) throw new Error("the canvas has no place");
  for (let y = box.y + 70; y < box.y + box.height - 70; y += 14) {
    for (let x = box.x + 30; x < box.x + box.width - 30; x += 14) {
      await page.mouse.move(x, y);
      if ((await canvas(page).evaluate((element) => element.style.cursor)) !== "pointer") continue;
      if (await page.getByText(/^workload /).isVisible()) return { x, y };
    }
  }
  throw new Error("no workload answers the pointer");
}

test("a node that is dragged, or moved by key, is pinned; its place outlasts folding and a reload", async ({
  page,
}) => {
  await openMap(page);
  const from = await placeOfWorkload(page);
  await page.mouse.down();
  await page.mouse.move(from.x + 30, from.y + 40, { steps: 4 });
  await page.mouse.up();
  await expect.poll(async () => Object.keys((await counters(page)).pinned)).toHaveLength(1);
  const [id = ""] = Object.keys((await counters(page)).pinned);
  await expect.poll(() => parameter(page, "node")).toBe(id);
  const dropped = (await counters(page)).pinned[id];
  await canvas(page).focus();
  await page.keyboard.press("Shift+ArrowRight");
  await expect.poll(async () => (await counters(page)).pinned[id]).not.toBe(dropped);
  const place = (await counters(page)).pinned[id];
  await page.keyboard.press("c");
  await expect.poll(async () => Object.keys((await counters(page)).pinned)).toHaveLength(0);
  await page.keyboard.press("c");
  await expect.poll(async () => (await counters(page)).pinned[id]).toBe(place);
  // What is kept is written once the picture has come to rest.
  await expect.poll(() => page.evaluate(() => localStorage.getItem("meshscope.pictures"))).not.toBeNull();
  await openMap(page, `?node=${id}`);
  await expect.poll(async () => (await counters(page)).pinned[id]).toBe(place);
  expect(await axeViolations(page)).toEqual([]);
  await panel(page).getByRole("button", { name: "Unpin" }).click();
  await expect.poll(async () => Object.keys((await counters(page)).pinned)).toHaveLength(0);
  await canvas(page).focus();
  await page.keyboard.press("p");
  await expect.poll(async () => (await counters(page)).pinned[id]).toBe(place);
  await page.getByRole("button", { name: /^Unpin all/ }).click();
  await expect.poll(async () => Object.keys((await counters(page)).pinned)).toHaveLength(0);
});

test("nodes that are pinned in two tabs are pinned in both, and what `p` did is said", async ({ page, context }) => {
  const [one, other] = await someWorkloads();
  const second = await context.newPage();
  await openMap(page, `?node=${one}`);
  await openMap(second, `?node=${other}`);
  const pinnedIn = async (tab: Page) => Object.keys((await counters(tab)).pinned).sort();
  const said = page.locator("[aria-live=polite]");
  await canvas(page).focus();
  await page.keyboard.press("p");
  await expect.poll(() => pinnedIn(page)).toEqual([one]);
  await canvas(second).focus();
  await second.keyboard.press("p");
  for (const tab of [page, second]) await expect.poll(() => pinnedIn(tab)).toEqual([one, other].sort());
  await second.close();
  await expect(said.filter({ hasText: /^\S+ is pinned$/ })).toHaveCount(1);
  await expect(panel(page).getByRole("button", { name: "Unpin" })).not.toHaveAttribute("aria-pressed");
  await canvas(page).focus();
  await page.keyboard.press("p");
  await expect.poll(() => pinnedIn(page)).toEqual([other]);
  await expect(said.filter({ hasText: /^\S+ is not pinned any more$/ })).toHaveCount(1);
});

/** Within a pixel: what is kept is kept in tenths of one. */
function isSame(boxes: Readonly<Record<string, string>>, others: Readonly<Record<string, string>>): boolean {
  const numbers = (text: string | undefined): number[] => (text ?? "").split(" ").map(Number);
  const ids = Object.keys(boxes);
  return (
    ids.length === Object.keys(others).length &&
    ids.every((id) => numbers(boxes[id]).every((value, i) => Math.abs(value - (numbers(others[id])[i] ?? 1e9)) <= 1))
  );
}

test("after focus, and after find left nodes out, every frame of the map stands where it stood", async ({ page }) => {
  await openMap(page, `?node=${await aWorkload()}`);
  const framesNow = async () => (await counters(page)).boxes;
  const fresh = await framesNow();
  await canvas(page).focus();
  // A frame that had to grow is in no picture that is made from scratch.
  for (let i = 0; i < 12; i++) await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("p");
  await expect.poll(async () => Object.keys((await counters(page)).pinned)).toHaveLength(0);
  const before = await framesNow();
  expect(isSame(fresh, before)).toBe(false);
  const isAsBefore = async (): Promise<boolean> => isSame(before, await framesNow());
  await page.keyboard.press("f");
  await expect.poll(isAsBefore).toBe(false);
  await page.keyboard.press("f");
  await expect.poll(() => parameter(page, "focus")).toBeNull();
  await expect.poll(isAsBefore).toBe(true);
  await page.getByRole("combobox", { name: /^Find/ }).fill("name = cart-v1 or name = web-v1");
  await page.getByRole("combobox", { name: "matches" }).click();
  await page.getByRole("option", { name: "show only" }).click();
  await expect.poll(isAsBefore).toBe(false);
  await page.getByRole("button", { name: "Show all" }).click();
  await expect.poll(isAsBefore).toBe(true);
});

test("the overview shows while a part is out of sight, and moves the picture by pointer and by key", async ({
  page,
}) => {
  await openMap(page);
  const overview = page.locator("[data-minimap]");
  await expect(overview).toHaveAttribute("data-minimap", "hidden");
  for (let i = 0; i < 4; i++) await page.getByRole("button", { name: "Zoom in" }).click();
  await expect(overview).toHaveAttribute("data-minimap", "shown");
  const panNow = async () => (await counters(page)).pan;
  const before = await panNow();
  await overview.click({ position: { x: 20, y: 20 } });
  await expect.poll(panNow).not.toBe(before);
  const clicked = await panNow();
  await overview.press("ArrowRight");
  await expect.poll(panNow).not.toBe(clicked);
  expect(await axeViolations(page)).toEqual([]);
  await overview.press("Enter");
  await expect(overview).toHaveAttribute("data-minimap", "hidden");
  // What has the keyboard is not hidden under it.
  await expect(canvas(page)).toBeFocused();
});

test("on a wall there is the picture, how it is and how old that is, and Esc leaves", async ({ page }) => {
  await openMap(page, "?wall=1");
  const glance = page.getByRole("region", { name: "The estate at a glance" });
  await expect(glance.getByRole("status")).toContainText(/live, \d+ s old/);
  await expect(glance).toContainText("requests");
  await expect(page.getByRole("navigation")).toHaveCount(0);
  await expect(page.getByRole("banner")).toHaveCount(0);
  expect(await axeViolations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect.poll(() => parameter(page, "wall")).toBeNull();
  await expect(page.getByRole("navigation")).toBeVisible();
  // Up to now: when this is the first test, the estate is hardly a minute old.
  await openMap(page, `?wall=1&start=${Date.now() - 60_000}&end=${Date.now()}`);
  await expect(glance.getByRole("status")).toContainText("not live");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "On a wall" }).click();
  await expect(glance.getByRole("status")).toContainText("live");
  expect(parameter(page, "start")).toBeNull();
});

test("a wall says what it is of: scope, focus and what find leaves; what nobody observed is not called zero", async ({
  page,
}) => {
  const id = await aWorkload();
  const { nodes } = await apiJson("/graph", graphSchema);
  const { name = "", namespace = "" } = nodes.find((node) => node.id === id) ?? {};
  await openMap(
    page,
    `?wall=1&ns=${namespace}&focus=${id}&hops=2&find=${encodeURIComponent("error < 100%")}&findMode=only`,
  );
  const glance = page.getByRole("region", { name: "The estate at a glance" });
  await expect(glance).toContainText(`namespace ${namespace}`);
  await expect(glance).toContainText(new RegExp(`around ${name}.*, 2 hops`));
  await expect(glance).toContainText("only what matches error < 100%");
  expect(await axeViolations(page)).toEqual([]);
  await page.goto(uiUrl("/?wall=1&start=1000000&end=1060000"));
  await expect(glance).toContainText("the whole estate");
  await expect(glance).toContainText(/edges in trouble\s*unknown/);
});

test("a wall that loses its connection says so large, marks its last figures, and recovers by itself", async ({
  page,
}) => {
  const door = await startDoor(apiUrl());
  const ui = await startUi(door.url);
  try {
    await page.goto(`${ui.url}/?wall=1`);
    const glance = page.getByRole("region", { name: "The estate at a glance" });
    const status = glance.getByRole("status");
    const figures = glance.getByRole("group", { name: "Figures" });
    const sizeOf = () =>
      status
        .locator(":scope > div")
        .first()
        .evaluate((element) => element.getBoundingClientRect());
    await expect(status).toContainText(/live, \d+ s old/);
    await expect(figures).not.toContainText("last known");
    const { height } = await sizeOf();
    await door.shut();
    await expect(status).toContainText(/connection lost: this is \d+ s old/);
    expect((await sizeOf()).height).toBeGreaterThan(1.2 * height);
    expect((await sizeOf()).width).toBeGreaterThan(1000);
    await status.evaluate((element) => {
      const said: (string | null)[] = [];
      Reflect.set(window, "said", said);
      const note = () => said.push(element.textContent);
      new MutationObserver(note).observe(element, { childList: true, characterData: true, subtree: true });
    });
    await expect(figures).toContainText("last known");
    await expect(figures).toContainText(/requests\s*[\d.]+/);
    expect(await axeViolations(page)).toEqual([]);
    // The stream is refused now, and so is what is asked for instead.
    await page.waitForResponse((answer) => answer.url().includes("/api/v1/graph?") && !answer.ok());
    await expect(status).toContainText(/connection lost/);
    const said = await page.evaluate(() => JSON.stringify(Reflect.get(window, "said")));
    expect(said).toContain("connection lost");
    expect(said).not.toContain("live");
    await door.open();
    await expect(status).toContainText(/live, \d+ s old/);
    await expect(figures).not.toContainText("last known");
    expect((await sizeOf()).height).toBe(height);
    // One that is hung up meanwhile has nothing to show, and says that.
    await door.shut();
    await page.reload();
    await expect(status).toContainText("no answer: nothing is known");
    expect(await axeViolations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await expect.poll(() => parameter(page, "wall")).toBeNull();
  } finally {
    await ui.stop();
    await door.shut();
  }
});

/** Escape in full screen is the browser's own key: it ends it, and hands the page no key. A browser without a window does not. */
const escapeFull = (page: Page) => page.evaluate(() => document.exitFullscreen());
const isFull = (page: Page) => page.evaluate(() => document.fullscreenElement !== null);

test("full screen is entered and left by its control and by Escape; focus and picture stay, on a wall too", async ({
  page,
}) => {
  await openMap(page, `?node=${await aWorkload()}`);
  const drawn = async () => {
    const { layouts, boxes } = await counters(page);
    return { layouts, boxes };
  };
  const before = await drawn();
  await page.getByRole("button", { name: "Full screen" }).press("Enter");
  await expect.poll(() => isFull(page)).toBe(true);
  const leave = page.getByRole("button", { name: "Leave full screen" });
  await expect(leave).toBeFocused();
  await expect(page.getByRole("navigation")).toHaveCount(0);
  expect(await drawn()).toEqual(before);
  await leave.press("Enter");
  await expect.poll(() => isFull(page)).toBe(false);
  const enter = page.getByRole("button", { name: "Full screen" });
  await expect(enter).toBeFocused();
  await expect(page.getByRole("navigation")).toBeVisible();
  await enter.press("Enter");
  await expect(leave).toBeFocused();
  await escapeFull(page);
  await expect.poll(() => isFull(page)).toBe(false);
  await expect(enter).toBeFocused();
  for (const press of [() => page.keyboard.press("Escape"), () => escapeFull(page)]) {
    await page.getByRole("button", { name: "On a wall" }).press("Enter");
    await expect.poll(() => isFull(page)).toBe(true);
    await expect(page.getByRole("region", { name: "The estate at a glance" })).toBeFocused();
    await press();
    await expect.poll(() => parameter(page, "wall")).toBeNull();
    await expect.poll(() => isFull(page)).toBe(false);
    await expect(canvas(page)).toBeFocused();
  }
  expect(await drawn()).toEqual(before);
});

test("traffic runs on a canvas of its own: not under reduced motion, until it is switched on in the legend", async ({
  page,
}) => {
  await openMap(page);
  await expect(page.locator("canvas[data-flow]")).toHaveCount(0);
  await page.getByRole("button", { name: "Legend" }).click();
  await page.getByRole("switch", { name: "Animate traffic" }).click();
  const drawn = async () => (await told(page, "canvas[data-flow]", flowSchema)).drawn;
  await expect.poll(drawn).toBeGreaterThan(3);
  expect((await told(page, "canvas[data-flow]", flowSchema)).dots).toBeGreaterThan(0);
  await expect(page.getByText(/a dot is .* requests?/i)).toBeVisible();
  expect(await axeViolations(page)).toEqual([]);
  // The picture below is not drawn again for a dot: it is for an answer, every few seconds.
  const [frames, dots] = [(await counters(page)).frames, await drawn()];
  await expect.poll(drawn).toBeGreaterThan(dots + 10);
  expect((await counters(page)).frames - frames).toBeLessThan(10);
  await page.reload();
  await expect(page.locator("canvas[data-flow]")).toHaveCount(1);
  await page.getByRole("button", { name: "Legend" }).click();
  await page.getByRole("switch", { name: "Animate traffic" }).click();
  await expect(page.locator("canvas[data-flow]")).toHaveCount(0);
});

test("an edge says its share of the caller's traffic, every percentile and the average; panels lead on with the window", async ({
  page,
}) => {
  const { edge, source } = await edgeBetween("web-v1", "cart-v1");
  await openMap(page, `?edge=${edge.id}&last=15m`);
  await expect(panel(page)).toContainText(`of what ${source.name} sends`);
  await expect(panel(page)).toContainText("p50 · p90 · p95 · p99");
  await expect(panel(page)).toContainText("average");
  await expect(panel(page).getByRole("link", { name: "Its security" })).toHaveAttribute("href", /\/mtls\?.*last=15m/);
  await page.getByRole("button", { name: "Share", exact: true }).click();
  await expect.poll(() => parameter(page, "labels")).toContain("share");
  await openMap(page, "?last=15m");
  await expect(panel(page).getByRole("heading", { name: "Top talkers" })).toBeVisible();
  await expect(panel(page).getByRole("link", { name: "Releases" })).toHaveAttribute("href", /last=15m/);
  await openMap(page, `?node=${await aWorkload()}`);
  await expect(panel(page).getByRole("link", { name: "Its releases" })).toBeVisible();
  expect(await axeViolations(page)).toEqual([]);
});

test("where one looks stays through the table, another page and a reload; a link has it, and 0 shows all again", async ({
  page,
  context,
  browser,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openMap(page);
  await canvas(page).focus();
  const whole = (await counters(page)).zoom;
  for (let i = 0; i < 3; i++) await page.keyboard.press("+");
  await canvas(page).hover({ position: { x: 300, y: 300 } });
  await page.mouse.down();
  await page.mouse.move(500, 420, { steps: 4 });
  await page.mouse.up();
  const { zoom, pan } = await counters(page);
  expect(zoom).toBeGreaterThan(2 * whole);
  /** To a pixel or two: places are kept in whole pixels of the world. */
  const farFromIt = async (tab: Page): Promise<number> => {
    const now = await counters(tab);
    const [was, is] = [pan, now.pan].map((text) => text.split(" ").map(Number));
    return Math.abs(now.zoom / zoom - 1) * 1000 + Math.hypot(...(is ?? []).map((at, i) => at - (was?.[i] ?? Infinity)));
  };
  await page.getByRole("radio", { name: "Table" }).click();
  await expect(canvas(page)).toHaveCount(0);
  await page.getByRole("radio", { name: "Graph" }).click();
  await expect(page.locator("[data-graph=drawn]")).toBeVisible();
  await expect.poll(() => farFromIt(page)).toBeLessThan(3);
  await page.getByRole("link", { name: "Services" }).click();
  await expect(canvas(page)).toHaveCount(0);
  await page.getByRole("link", { name: "Map", exact: true }).click();
  await expect(page.locator("[data-graph=drawn]")).toBeVisible();
  await expect.poll(() => farFromIt(page)).toBeLessThan(3);
  await page.reload();
  await expect(page.locator("[data-graph=drawn]")).toBeVisible();
  await expect.poll(() => farFromIt(page)).toBeLessThan(3);
  expect(parameter(page, "look")).toBeNull();

  await page.getByRole("button", { name: "Take away" }).click();
  await page.getByRole("button", { name: "Copy a link to this window" }).click();
  await expect(page.getByText("Copied.")).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(new URL(link).searchParams.get("look")).not.toBeNull();
  const other = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
  const tab = await other.newPage();
  await tab.goto(link);
  await expect(tab.locator("[data-graph=drawn]")).toBeVisible();
  // Another browser lays the picture out by itself: the zoom and what is in the middle are the same, not the pixels.
  await expect.poll(async () => Math.abs((await counters(tab)).zoom / zoom - 1)).toBeLessThan(1e-3);
  await expect.poll(() => parameter(tab, "look")).toBeNull();
  await other.close();

  await page.keyboard.press("Escape");
  await canvas(page).focus();
  await page.keyboard.press("0");
  await expect.poll(async () => (await counters(page)).zoom / whole).toBeCloseTo(1, 2);
  await expect.poll(() => page.evaluate(() => sessionStorage.getItem("meshscope.viewports"))).toBe("");
  await page.reload();
  await expect(page.locator("[data-graph=drawn]")).toBeVisible();
  await expect.poll(async () => (await counters(page)).zoom / whole).toBeCloseTo(1, 2);
});
