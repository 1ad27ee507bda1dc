/** What the panels of the map say of an edge, a node and a box is what the API says; views, and the spans of the status line. */
import { expect, type Page, test } from "playwright/test";
import { type EdgeDetail, graphSchema, nodeAnswerSchema } from "../lib/query/schema/graph.ts";
import { apiJson, axeViolations, openMap, whenEstateIsThere } from "./support/page.ts";
import { restingWindow } from "./support/resting.ts";

test.beforeAll(whenEstateIsThere);

const panel = (page: Page) => page.getByRole("complementary");
const section = (page: Page, title: string) =>
  panel(page)
    .locator("section")
    .filter({ has: page.getByRole("heading", { name: title, exact: true }) });

const ofGrpc = ({ grpcStatuses, principals, hosts }: EdgeDetail): boolean =>
  Object.keys(grpcStatuses ?? {}).length > 0 && (principals?.source.length ?? 0) > 0 && hosts !== undefined;
const ofRetries = ({ resilience }: EdgeDetail): boolean => (resilience.retries ?? 0) > 0;

/** How the panel says what is no code: a caller that gives up has none, and nor has a span of what is not HTTP. */
const CODE_WORDS: Readonly<Record<string, string>> = {
  none: "no response",
  ok: "ended well, no code",
  error: "failed, no code",
};

/** Every rate of a section, by its exact value on hover. */
async function hasRates(page: Page, title: string, rates: Readonly<Record<string, number>> = {}): Promise<void> {
  const rows = section(page, title);
  for (const [key, rate] of Object.entries(rates)) {
    await expect(rows).toContainText(title === "Status codes" ? (CODE_WORDS[key] ?? key) : key);
    await expect(rows.getByTitle(`${rate} per second`, { exact: true }).first()).toBeVisible();
  }
}

test("the panel of an edge has its gRPC status, flags, hosts, principals and what its proxies do about trouble", async ({
  page,
}) => {
  const { at, graph } = await restingWindow(({ edges }) => edges.some(ofGrpc) && edges.some(ofRetries));
  const [grpc, retrying] = [graph.edges.find(ofGrpc), graph.edges.find(ofRetries)];
  const flagged = graph.edges.find(({ responseFlags }) => responseFlags !== undefined);
  for (const edge of new Set([grpc, retrying, flagged])) {
    if (edge === undefined) continue;
    await openMap(page, `?edge=${edge.id}&${at}`);
    await hasRates(page, "Status codes", edge.statusCodes);
    await hasRates(page, "gRPC status", edge.grpcStatuses);
    await hasRates(page, "Response flags", edge.responseFlags);
    await hasRates(page, "Hosts asked for", edge.hosts);
    for (const name of [...(edge.principals?.source ?? []), ...(edge.principals?.destination ?? [])])
      await expect(section(page, "Security")).toContainText(name);
    const { retries } = edge.resilience;
    if (retries !== null)
      await expect(
        section(page, "Resilience").getByTitle(`${retries} per second`, { exact: true }).first(),
      ).toBeVisible();
  }
  expect(await axeViolations(page)).toEqual([]);
});

test("a node and a folded box have all that comes into them merged, as the API has; a box names both ends of its edges", async ({
  page,
}) => {
  const { at, graph } = await restingWindow(({ nodes }) => nodes.some(({ name }) => name === "payments-v1"));
  const names = new Map(graph.nodes.map((node) => [node.id, node]));
  const payments = graph.nodes.find(({ name }) => name === "payments-v1");
  const { cluster = "", namespace = "" } = payments ?? {};
  const isIn = (id: string): boolean => {
    const node = names.get(id);
    return node?.cluster === cluster && node.namespace === namespace;
  };
  const folded = await apiJson(`/graph?fold=namespace&${at}`, graphSchema);
  const box = folded.nodes.find((node) => node.kind === "namespace" && node.name === namespace);
  const into = graph.edges.filter(({ protocol, target }) => protocol !== "tcp" && isIn(target));
  const { into: all } = await apiJson(`/nodes/${box?.id}?fold=namespace&${at}`, nodeAnswerSchema);
  const sum = into.reduce((requests, edge) => requests + (edge.requests ?? 0), 0);
  expect(into.length).toBeGreaterThan(3);
  expect(all.requests?.requests).toBeCloseTo(sum, 3);
  expect(all.requests?.mtls?.total).toBeGreaterThan(0);
  for (const [id, query] of [
    [payments?.id, at],
    [box?.id, `fold=namespace&${at}`],
  ]) {
    const { requests } = (await apiJson(`/nodes/${id}?${query}`, nodeAnswerSchema)).into;
    await openMap(page, `?node=${id}&${query}`);
    await expect(panel(page)).toContainText("p50 · p90 · p95 · p99");
    await expect(panel(page).getByTitle(`${requests?.latencyMs?.avg} ms`, { exact: true }).first()).toBeVisible();
    await hasRates(page, "Status codes", requests?.statusCodes);
    await expect(section(page, "Security")).toContainText("mutual TLS");
    for (const name of requests?.principals?.destination ?? [])
      await expect(section(page, "Security")).toContainText(name);
    await expect(section(page, "Resilience")).toBeVisible();
    await expect(section(page, "How this is known")).toContainText(requests?.evidence.families[0] ?? "no family");
  }
  await openMap(page, `?box=namespace:${cluster}/${namespace}&${at}`);
  const worst = section(page, "Worst edges first");
  await expect(worst.getByRole("button", { name: "→ loyalty" }).first()).toBeVisible();
  const listed = (await worst.textContent()) ?? "";
  expect(graph.nodes.filter(({ id }) => listed.includes(id))).toEqual([]);
});

test("versions and apps are nodes of views of their own; warnings and unpaired spans are said in words", async ({
  page,
}) => {
  const { at, graph } = await restingWindow(({ edges }) => edges.some(({ mtls }) => (mtls?.plaintext ?? 0) > 0));
  for (const view of ["version", "app"]) {
    const { nodes } = await apiJson(`/graph?view=${view}&${at}`, graphSchema);
    await openMap(page, `?view=${view}&${at}`);
    await expect(page.getByRole("application")).toHaveAttribute("aria-label", new RegExp(`\\b${nodes.length} nodes`));
  }
  const plain = graph.edges.find(({ mtls }) => (mtls?.plaintext ?? 0) > 0);
  await openMap(page, `?node=${plain?.target}&${at}`);
  await expect(section(page, "Warnings")).toContainText("takes plaintext");
  const status = page.getByRole("contentinfo");
  await status.getByRole("button", { name: /% of spans unpaired/ }).click();
  await expect(page.getByText("A span whose other half did not arrive is unpaired")).toBeVisible();
});

test("against a window that nobody observed nothing is new: panel, picture and table say that it is not known", async ({
  page,
}) => {
  const dark = "Nothing was observed in window A: what is new or gone is not known.";
  await openMap(page, "?against=1000000-1300000");
  await expect(section(page, "What changed")).toContainText(dark);
  await expect(panel(page)).not.toContainText(/\d+ new/);
  const beside = page.getByRole("status").filter({ hasText: dark });
  await expect(beside).toBeVisible();
  await page.getByRole("radio", { name: "Table" }).click();
  await expect(page.getByRole("row").nth(1)).toBeVisible();
  await expect(beside).toBeVisible();
});
