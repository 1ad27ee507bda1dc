/** What every browser test needs: where the demo is, facts from its API, axe, and a hand on the canvas. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, type Page } from "playwright/test";
import type { z } from "zod";
import { type Graph, type GraphEdge, type GraphNode, graphSchema } from "../../lib/query/schema/graph.ts";
import { INCIDENT_NAMES } from "../../lib/world/incidents.ts";

/** Of the estate that is this worker's own. */
function setting(key: "URL" | "API" | "CONTROL" | "FOLDER"): string {
  const name = `MESHSCOPE_E2E_${key}_${process.env["TEST_PARALLEL_INDEX"] ?? "0"}`;
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is set by the global setup`);
  return value;
}

export const uiUrl = (path = "/"): string => `${setting("URL")}${path}`;

export const apiUrl = (): string => setting("API");

/** Where the launcher wrote what the demo runs with. */
export const demoFolder = (): string => setting("FOLDER");

export async function apiJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const answer = await fetch(`${setting("API")}/api/v1${path}`);
  return schema.parse(await answer.json());
}

const JSON_TYPE = { "content-type": "application/json" };

export function apiPost(path: string, body: unknown): Promise<Response> {
  const url = `${setting("API")}/api/v1${path}`;
  return fetch(url, { method: "POST", headers: JSON_TYPE, body: JSON.stringify(body) });
}

/** At the demo's own address. */
export const controlUrl = (path: string): string => `${setting("CONTROL")}${path}`;

export async function controlPost(path: string): Promise<void> {
  const answer = await fetch(controlUrl(path), { method: "POST" });
  expect(answer.status).toBe(200);
}

export interface NamedEdge {
  readonly edge: GraphEdge;
  readonly source: GraphNode;
  readonly target: GraphNode;
}

export function namedEdges(graph: Graph): NamedEdge[] {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  return graph.edges.flatMap((edge) => {
    const source = nodes.get(edge.source);
    const target = nodes.get(edge.target);
    return source === undefined || target === undefined ? [] : [{ edge, source, target }];
  });
}

/** The edge between two workloads, once the demo shows it. */
export async function edgeBetween(source: string, target: string): Promise<NamedEdge> {
  const found: NamedEdge[] = [];
  await expect
    .poll(async () => {
      const named = namedEdges(await apiJson("/graph", graphSchema));
      found.splice(0, found.length, ...named.filter((e) => e.source.name === source && e.target.name === target));
      return found.length;
    })
    .toBeGreaterThan(0);
  const [first] = found;
  if (first === undefined) throw new Error(`no edge ${source} → ${target}`);
  return first;
}

/** Waits until the demo's graph has been scraped into shape: every target twice or more, both ends of each edge. */
export async function whenEstateIsThere(): Promise<void> {
  const seen = async () => {
    const { edges, completeness } = await apiJson("/graph", graphSchema);
    return edges.length > 15 && completeness.observedShare > 0.05;
  };
  await expect.poll(seen, { timeout: 60_000 }).toBe(true);
}

export async function openMap(page: Page, query = ""): Promise<void> {
  await page.goto(uiUrl(`/${query}`));
  await expect(page.locator("[data-graph=drawn]")).toBeVisible();
}

export async function switchIncident(name: string, active: boolean): Promise<void> {
  const answer = await fetch(controlUrl(`/incidents/${name}`), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ active }),
  });
  expect(answer.status).toBe(200);
}

/** As a person would, on the page of the simulation. */
export async function turnOn(page: Page, title: string): Promise<void> {
  await page.goto(uiUrl("/simulation"));
  const toggle = page.getByRole("switch", { name: title });
  await toggle.click();
  await expect(toggle).toBeChecked();
}

/** A window of a minute: what began just now is not thinned by what was before. */
export const LAST_MINUTE = "?last=1m";

export async function endIncidents(): Promise<void> {
  for (const name of INCIDENT_NAMES) await switchIncident(name, false);
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const REST_MS = 6_000;

/** Violations of WCAG 2.2 AA on the page at rest, as `rule: selector` lines: what is dimmed while it is fetched is asked again. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  for (const until = Date.now() + REST_MS; ; await page.waitForTimeout(300)) {
    const found = await violationsNow(page);
    if (found.length === 0 || Date.now() > until) return found;
  }
}

function violationsNow(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const axe: unknown = Reflect.get(window, "axe");
    if (typeof axe !== "object" || axe === null || !("run" in axe) || typeof axe.run !== "function")
      return ["axe is not there"];
    const report = await axe.run(document, { runOnly: { type: "tag", values: tags } });
    const found: string[] = [];
    for (const violation of report.violations) {
      for (const node of violation.nodes) found.push(`${violation.id}: ${node.target.join(" ")}`);
    }
    return found;
  });
}

/** Moves the mouse over the canvas until something under it can be clicked; returns the place on the page. */
export async function somethingOnCanvas(page: Page, skip = 0): Promise<{ x: number; y: number }> {
  const canvas = page.getByRole("application");
  const box = await canvas.boundingBox();
  if (box === null) throw new Error("no canvas");
  let seen = 0;
  for (let y = box.y + 60; y < box.y + box.height - 60; y += 14) {
    for (let x = box.x + 20; x < box.x + box.width - 20; x += 14) {
      await page.mouse.move(x, y);
      if ((await canvas.evaluate((element) => element.style.cursor)) !== "pointer") continue;
      if (seen++ >= skip) return { x, y };
    }
  }
  throw new Error("nothing on the canvas answers the pointer");
}
