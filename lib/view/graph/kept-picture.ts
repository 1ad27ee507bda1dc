/**
 * A picture as it is kept between visits. In: a layout; out: a text, and from a text the layout that a next one starts from, or
 * null where it is of another version, damaged, or holds what no layout can hold: then there is no picture before. Places in
 * tenths of world pixels. Curves are kept of pictures that are small; without them edges are routed anew.
 */
import type { LayoutResult, PastPlace } from "./layout-types.ts";

const VERSION = 1;
const TENTHS = 10;
/** A text over this is not kept: characters. */
export const MOST_CHARACTERS = 700_000;
const MOST_CURVE_EDGES = 600;
/** No coordinate of a picture is farther out. */
const FARTHEST = 1e7;

const tenths = (values: Float32Array): number[] => Array.from(values, (value) => Math.round(value * TENTHS));

/** Null where it is too large to be kept. */
export function pictureText(layout: LayoutResult): string | null {
  const { ids, boxIds, edgeIds, past } = layout;
  const boxAt = new Map(boxIds.map((id, b) => [id, b]));
  const isSmall = edgeIds.length <= MOST_CURVE_EDGES;
  const text = JSON.stringify({
    version: VERSION,
    hash: layout.hash,
    seed: layout.seed,
    byForce: layout.byForce,
    ids,
    boxIds,
    homes: layout.homes.map((home) => boxAt.get(home) ?? -1),
    folded: Array.from(layout.folded),
    x: tenths(layout.x),
    y: tenths(layout.y),
    rects: tenths(layout.rects),
    past: [...past].map(([id, { home, dx, dy, width, height }]) => [id, home, dx, dy, width, height]),
    edgeIds: isSmall ? edgeIds : [],
    curves: isSmall ? tenths(layout.curves) : [],
    curveStart: isSmall ? Array.from(layout.curveStart) : [0],
    lane: isSmall ? Array.from(layout.lane) : [],
  });
  return text.length > MOST_CHARACTERS ? null : text;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isPlace = (value: unknown): value is number => Number.isFinite(value) && Math.abs(Number(value)) <= FARTHEST;

/** A list of `length` (any where left out) of what `is` holds for; null else. */
function listOf<T>(value: unknown, is: (item: unknown) => item is T, length?: number): readonly T[] | null {
  if (!Array.isArray(value) || (length !== undefined && value.length !== length)) return null;
  const items: T[] = [];
  for (const item of value) {
    if (!is(item)) return null;
    items.push(item);
  }
  return items;
}

const isText = (value: unknown): value is string => typeof value === "string";
const isUnique = (items: readonly string[]): boolean => new Set(items).size === items.length;

function places(fields: Fields, name: string, length: number): Float32Array | null {
  const values = listOf(fields[name], isPlace, length);
  return values === null ? null : Float32Array.from(values, (value) => value / TENTHS);
}

function pastOf(value: unknown): ReadonlyMap<string, PastPlace> | null {
  if (!Array.isArray(value)) return null;
  const past = new Map<string, PastPlace>();
  for (const row of value) {
    if (!Array.isArray(row)) return null;
    const [id, home, dx, dy, width, height] = row;
    if (!isText(id) || !isText(home)) return null;
    if (!isPlace(dx) || !isPlace(dy) || !isPlace(width) || !isPlace(height)) return null;
    past.set(id, { home, dx, dy, width, height });
  }
  return past;
}

type Routes = Pick<LayoutResult, "edgeIds" | "curves" | "curveStart" | "lane">;

function routesOf(fields: Fields): Routes | null {
  const edgeIds = listOf(fields["edgeIds"], isText);
  const starts = listOf(fields["curveStart"], isPlace, (edgeIds?.length ?? 0) + 1);
  const lane = listOf(fields["lane"], isPlace, edgeIds?.length);
  if (edgeIds === null || starts === null || lane === null || !isUnique(edgeIds)) return null;
  const curves = places(fields, "curves", 2 * (starts.at(-1) ?? 0));
  const isChain = starts.every((start, e) => e === 0 || ((start - (starts[e - 1] ?? 0) - 1) / 3) % 1 === 0);
  const rises = starts.every((start, e) => (e === 0 ? start === 0 : start >= (starts[e - 1] ?? 0) + 4));
  if (curves === null || !isChain || !rises) return null;
  return { edgeIds, curves, curveStart: Uint32Array.from(starts), lane: Float32Array.from(lane) };
}

function layoutOf(fields: Fields): LayoutResult | null {
  const { version, hash, seed } = fields;
  if (version !== VERSION || !isText(hash) || !isPlace(seed)) return null;
  const ids = listOf(fields["ids"], isText);
  const boxIds = listOf(fields["boxIds"], isText);
  if (ids === null || boxIds === null || !isUnique(ids) || !isUnique(boxIds)) return null;
  const x = places(fields, "x", ids.length);
  const y = places(fields, "y", ids.length);
  const rects = places(fields, "rects", 4 * boxIds.length);
  const homes = listOf(fields["homes"], isPlace, ids.length);
  const folded = listOf(fields["folded"], isPlace, ids.length);
  const past = pastOf(fields["past"]);
  const routes = routesOf(fields);
  if (x === null || y === null || rects === null || homes === null || folded === null) return null;
  if (past === null || routes === null || rects.some((value, i) => i % 4 > 1 && value <= 0)) return null;
  return {
    // Without curves it is the picture of no topology: the next one keeps its places, and draws its edges.
    hash: routes.edgeIds.length === 0 ? "" : hash,
    seed,
    ids,
    boxIds,
    homes: homes.map((box) => boxIds[box] ?? ""),
    folded: Uint8Array.from(folded),
    past,
    x,
    y,
    rects,
    ...routes,
    kept: true,
    byForce: fields["byForce"] === true,
  };
}

/** The layout that a text holds; null where it holds none. */
export function pictureOf(text: string): LayoutResult | null {
  try {
    const fields: unknown = JSON.parse(text);
    return isFields(fields) ? layoutOf(fields) : null;
  } catch {
    return null;
  }
}

/** Whether a picture knows at least half of the nodes: else a fresh one says more. */
export function knowsHalf(layout: LayoutResult, ids: readonly string[]): boolean {
  const known = new Set(layout.ids);
  return ids.filter((id) => known.has(id)).length * 2 >= ids.length;
}
