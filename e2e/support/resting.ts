/** Windows whose figures stay: what is asked twice of them is the same twice. */
import { expect } from "playwright/test";
import type { z } from "zod";
import { edgeDetailSchema, graphSchema } from "../../lib/query/schema/graph.ts";
import { apiJson } from "./page.ts";

const fullSchema = graphSchema.extend({ edges: edgeDetailSchema.array() });
export type FullGraph = z.infer<typeof fullSchema>;

const SHORT_MS = 60_000;
/** Proxies are read every 10 s or more often. */
const PAST_MS = 20_000;

export interface RestingWindow {
  readonly at: string;
  readonly graph: FullGraph;
}

/** A window that no reading of a proxy can change any more, so that what is asked twice is the same twice, with what is looked for. */
export async function restingWindow(isRich: (graph: FullGraph) => boolean): Promise<RestingWindow> {
  const found: RestingWindow[] = [];
  const isFound = async (): Promise<boolean> => {
    const end = Math.floor(Date.now() / 10_000) * 10_000 - PAST_MS;
    const at = `start=${end - SHORT_MS}&end=${end}`;
    const graph = await apiJson(`/graph?detail=full&${at}`, fullSchema);
    const isResting = (graph.completeness.settlingBy?.targets ?? 0) === 0;
    if (isResting && isRich(graph)) found.push({ at, graph });
    return found.length > 0;
  };
  await expect.poll(isFound, { timeout: 60_000 }).toBe(true);
  const [first] = found;
  if (first === undefined) throw new Error("no window is at rest");
  return first;
}
