/**
 * What a file that was taken from the map says of itself, so that nobody takes a part for the whole. In: what is on screen, what
 * was asked for and what the window holds; out: facts by name, in words for a caption or a sheet and as values for data.
 */
import type { Graph } from "../query/schema/graph.ts";
import { count, plain } from "./format.ts";
import type { Pictured } from "./live-query.ts";
import type { Range } from "./timeline/range.ts";
import { wallScope } from "./wall.ts";

export interface TakenOf {
  readonly state: Pictured;
  /** In words; empty where nothing is in focus. */
  readonly focusName: string;
  /** The text of find cannot be read, so that it left nothing out. */
  readonly isFaulty: boolean;
  /** How much there is before find leaves any of it out. */
  readonly all: { readonly nodes: number; readonly edges: number };
  /** How many nodes find matches; null where nothing is sought. */
  readonly matches: number | null;
  /** The window that this one is compared with. */
  readonly base: Range | null;
  /** Nodes of the view that the boxes stand for; null where that was not asked. */
  readonly unfolded: number | null;
}

const MODE_WORDS = { mark: "highlighted", only: "only what matches", hide: "without what matches" } as const;

const utc = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 19)}Z`;

const ofAll = (some: number, all: number, what: string): string =>
  some === all ? `${plain(count(some))} ${what}` : `${plain(count(some))} of ${plain(count(all))} ${what}`;

function findWords({ state, isFaulty, matches }: TakenOf): string {
  if (isFaulty) return `${state.find} (cannot be read, leaves nothing out)`;
  const found = matches === null ? "" : `, ${plain(count(matches))} ${matches === 1 ? "match" : "matches"}`;
  return `${state.find} (${MODE_WORDS[state.findMode]}${found})`;
}

function foldWords({ state, unfolded }: TakenOf, graph: Graph): string {
  const boxes = graph.nodes.filter(({ holds }) => holds !== undefined).length;
  if (boxes === 0 && state.fold === "none") return "";
  const by = state.fold === "none" ? "" : `by ${state.fold}, `;
  const held = unfolded === null ? "" : ` of ${plain(count(unfolded))} ${state.view}s`;
  return `${by}${plain(count(boxes))} ${boxes === 1 ? "box" : "boxes"}${held}`;
}

/** Name and words of each fact, the window and the counts first. Times are UTC. */
export function takenFacts(graph: Graph, of: TakenOf): readonly (readonly [string, string])[] {
  const { state, all, base, focusName } = of;
  const focus = state.focus === "" ? null : { ...state, name: focusName };
  const facts: readonly (readonly [string, string])[] = [
    ["window", `${utc(graph.window.start)} to ${utc(graph.window.end)}`],
    [
      "shown",
      `${ofAll(graph.nodes.length, all.nodes, "nodes")}, ${ofAll(graph.edges.length, all.edges, "edges")}${state.idle ? ", idle ones too" : ""}`,
    ],
    ["observed", `${Math.round(graph.completeness.observedShare * 100)} % of the window`],
    ["view", state.view],
    ["scope", wallScope({ ...state, focus, find: "", isFaulty: false })],
    ["find", state.find.trim() === "" ? "" : findWords(of)],
    ["folded", foldWords(of, graph)],
    ["compared with", base === null ? "" : `${utc(base.startMs)} to ${utc(base.endMs)}`],
  ];
  return facts.filter(([, words]) => words !== "");
}

/** The same as values, for data. */
export function takenView(graph: Graph, { state, isFaulty, all, matches, base, unfolded }: TakenOf) {
  const { find, findMode, focus, hops, direction, operations, meshes, clusters, namespaces } = state;
  const leaves = { text: find, mode: findMode, readable: !isFaulty, matches };
  return {
    view: state.view,
    scope: { meshes, clusters, namespaces },
    find: find.trim() === "" ? null : leaves,
    focus: focus === "" ? null : { node: focus, hops, direction, operations },
    fold: { by: state.fold, expand: state.expand, collapse: state.collapse, standsFor: unfolded },
    idle: state.idle,
    comparedWith: base === null ? null : { start: base.startMs, end: base.endMs },
    shown: {
      nodes: { shown: graph.nodes.length, of: all.nodes },
      edges: { shown: graph.edges.length, of: all.edges },
    },
  };
}

/** Lines of at most so many characters, broken between words; a longer word is cut. */
function wrapped(text: string, most: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((one) => one.match(new RegExp(`.{1,${most}}`, "gsu")) ?? [])) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (joined.length > most) {
      lines.push(line);
      line = word;
    } else line = joined;
  }
  return line === "" ? lines : [...lines, line];
}

/** Of a letter of the caption, px: somewhat more than it has on average. */
const LETTER_PX = 6.6;

/** The caption in lines for a picture that is so wide, px. */
export const captionLines = (text: string, widthPx: number): readonly string[] =>
  wrapped(text, Math.max(20, Math.floor(widthPx / LETTER_PX)));
