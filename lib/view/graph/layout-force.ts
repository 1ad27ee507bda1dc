/**
 * One level by force, for levels too large to layer: d3-force run synchronously for a fixed number of ticks with seeded
 * randomness, a pull to the right along calls, then every item is set on a free patch of a grid nearest to where it
 * came to rest, the largest first, so that no two can overlap. Deterministic from the seed.
 */
import { forceLink, forceManyBody, forceSimulation, forceX, forceY, type SimulationNodeDatum } from "d3";
import { rng } from "../../base/rng.ts";
import { callOrder } from "./layout-cycles.ts";
import { LAYERED_LIMIT, type LevelProblem, type LevelResult } from "./layout-types.ts";

const CELL_WIDTH = 60;
const CELL_HEIGHT = 52;

/** Where nothing calls anything many items have nothing to find: they stay in their order. */
function ticksFor(items: number, links: number): number {
  if (links === 0 && items > LAYERED_LIMIT) return 0;
  return items <= 400 ? 220 : items <= 1500 ? 120 : items <= 5000 ? 60 : 20;
}

interface Body extends SimulationNodeDatum {
  readonly size: number;
}

/** Where items come to rest, by their middles. */
export function simulate(problem: LevelProblem, seed: number): readonly Body[] {
  const random = rng(seed);
  const count = problem.items.length;
  const from = problem.links.map((link) => link.from);
  const to = problem.links.map((link) => link.to);
  const rank = problem.items.map((item) => item.rank);
  const place = callOrder(count, { count: from.length, from, to }, rank);
  const mean = problem.items.reduce((sum, item) => sum + item.width * item.height, 0) / Math.max(1, count);
  const span = Math.sqrt(mean * count * 2);
  const bodies: Body[] = problem.items.map((item, i) => ({
    size: Math.sqrt(item.width * item.height),
    x: span * 1.3 * ((place[i] ?? 0) / Math.max(1, count) - 0.5),
    y: span * (random.next() - 0.5),
  }));
  const ticks = ticksFor(count, problem.links.length);
  const distance = 1.1 * Math.sqrt(mean);
  const simulation = forceSimulation(bodies)
    .stop()
    .randomSource(() => random.next())
    .alphaDecay(1 - 0.001 ** (1 / Math.max(1, ticks)))
    .force(
      "link",
      forceLink<Body, { source: number; target: number }>(
        problem.links.map((link) => ({ source: link.from, target: link.to })),
      )
        .distance(distance)
        .iterations(1),
    )
    .force(
      "charge",
      forceManyBody<Body>()
        .strength((body) => -body.size * 3)
        .theta(1.1),
    )
    .force("x", forceX<Body>((_, i) => span * 1.3 * ((place[i] ?? 0) / Math.max(1, count) - 0.5)).strength(0.04))
    .force("y", forceY<Body>(0).strength(0.05));
  simulation.tick(ticks);
  return bodies;
}

/** Cells taken so far; `nearest` walks rings around the wish until a patch of free cells is found. */
class Patches {
  readonly #taken = new Set<number>();

  #key(column: number, row: number): number {
    return (row + 1_000_000) * 4_000_000 + column + 1_000_000;
  }

  #free(column: number, row: number, wide: number, high: number): boolean {
    for (let r = 0; r < high; r++) {
      for (let c = 0; c < wide; c++) if (this.#taken.has(this.#key(column + c, row + r))) return false;
    }
    return true;
  }

  nearest(column: number, row: number, wide: number, high: number): readonly [number, number] {
    for (let ring = 0; ; ring++) {
      for (let side = -ring; side <= ring; side++) {
        const candidates =
          ring === 0
            ? [[0, 0] as const]
            : [[side, -ring] as const, [side, ring] as const, [-ring, side] as const, [ring, side] as const];
        for (const [dc, dr] of candidates) {
          if (!this.#free(column + dc, row + dr, wide, high)) continue;
          for (let r = 0; r < high; r++) {
            for (let c = 0; c < wide; c++) this.#taken.add(this.#key(column + dc + c, row + dr + r));
          }
          return [column + dc, row + dr];
        }
      }
    }
  }
}

export function arrangeForce(problem: LevelProblem, seed: number): LevelResult {
  const bodies = simulate(problem, seed);
  const count = problem.items.length;
  const order = problem.items.map((_, i) => i);
  const area = (i: number): number => (problem.items[i]?.width ?? 0) * (problem.items[i]?.height ?? 0);
  order.sort((a, b) => area(b) - area(a) || a - b);
  const patches = new Patches();
  const left = new Float64Array(count);
  const top = new Float64Array(count);
  for (const i of order) {
    const item = problem.items[i];
    if (item === undefined) continue;
    const wide = Math.ceil((item.width + 12) / CELL_WIDTH);
    const high = Math.ceil((item.height + 12) / CELL_HEIGHT);
    const column = Math.round((bodies[i]?.x ?? 0) / CELL_WIDTH - wide / 2);
    const row = Math.round((bodies[i]?.y ?? 0) / CELL_HEIGHT - high / 2);
    const [c, r] = patches.nearest(column, row, wide, high);
    left[i] = c * CELL_WIDTH + (wide * CELL_WIDTH - item.width) / 2;
    top[i] = r * CELL_HEIGHT;
  }
  return fromCorner(problem, left, top);
}

function fromCorner(problem: LevelProblem, left: Float64Array, top: Float64Array): LevelResult {
  const x0 = left.reduce((least, x) => Math.min(least, x), Number.POSITIVE_INFINITY);
  const y0 = top.reduce((least, y) => Math.min(least, y), Number.POSITIVE_INFINITY);
  let width = 0;
  let height = 0;
  problem.items.forEach((item, i) => {
    left[i] = (left[i] ?? 0) - x0;
    top[i] = (top[i] ?? 0) - y0;
    width = Math.max(width, (left[i] ?? 0) + item.width);
    height = Math.max(height, (top[i] ?? 0) + item.height);
  });
  const exitWay = problem.exits.map((exit) => [exit.side === "left" ? 0 : width, (top[exit.item] ?? 0) + exit.port]);
  const column = Float64Array.from(left, (x, i) => x + (problem.items[i]?.width ?? 0) / 2);
  return { width, height, left, top, linkWay: problem.links.map(() => []), exitWay, column };
}
