/**
 * `/graph` and its stream from printed members: an answer is texts put together, and a delta is the texts that changed. In:
 * the parts of a view and a query; out: JSON in pieces, in the members' order by id.
 */
import type { Sliced } from "../base/sliced.ts";
import { completenessOf, type TargetCounts } from "./completeness.ts";
import type { Expression } from "./find/expression.ts";
import { filteredTexts } from "./graph-filter.ts";
import { type GraphParts, printAll } from "./graph-parts.ts";
import { type SelectQuery, select } from "./graph-select.ts";

export interface Printed {
  readonly id: string;
  readonly text: string;
}

export interface PrintedGraph {
  /** JSON of both. */
  readonly window: string;
  readonly completeness: string;
  readonly nodes: readonly Printed[];
  readonly edges: readonly Printed[];
}

/** What a query shows of a view, with every text made. */
export function* printedGraph(
  parts: GraphParts,
  query: SelectQuery & { readonly find?: Expression | undefined },
  targets: TargetCounts,
): Sliced<PrintedGraph> {
  const { snapshot } = parts;
  const all = select(parts, query);
  yield;
  yield* printAll(all.nodes);
  yield* printAll(all.edges);
  const chosen = query.find === undefined ? all : yield* filteredTexts(all, query.find);
  const completeness = JSON.stringify(completenessOf(snapshot, targets));
  return { window: JSON.stringify(snapshot.window), completeness, ...chosen };
}

/** Texts in one piece of an answer. */
const PER_PIECE = 1_024;

function* list(name: string, members: readonly Printed[]): Generator<string, void, void> {
  let text = `"${name}":[`;
  for (let at = 0; at < members.length; at += PER_PIECE) {
    for (let i = at; i < Math.min(at + PER_PIECE, members.length); i++)
      text += i === 0 ? (members[i]?.text ?? "") : `,${members[i]?.text ?? ""}`;
    yield text;
    text = "";
  }
  yield `${text}]`;
}

/** The whole of `/graph`, piece by piece. */
export function* graphPieces({ window, completeness, nodes, edges }: PrintedGraph): Generator<string, void, void> {
  yield `{"window":${window},`;
  yield* list("nodes", nodes);
  yield ",";
  yield* list("edges", edges);
  yield `,"completeness":${completeness}}`;
}

interface Changes {
  readonly put: Printed[];
  readonly remove: string[];
}

/** Both in order of their ids: one pass over the two. */
function changes(before: readonly Printed[], after: readonly Printed[]): Changes {
  const put: Printed[] = [];
  const remove: string[] = [];
  let at = 0;
  for (const member of after) {
    let known = before[at];
    while (known !== undefined && known.id < member.id) {
      remove.push(known.id);
      known = before[++at];
    }
    if (known?.id === member.id) at++;
    if (known?.id !== member.id || known.text !== member.text) put.push(member);
  }
  for (; at < before.length; at++) remove.push(before[at]?.id ?? "");
  return { put, remove };
}

function* changed(name: string, { put, remove }: Changes): Generator<string, void, void> {
  yield `"${name}":{`;
  yield* list("put", put);
  yield `,"remove":${JSON.stringify(remove)}}`;
}

/** The delta from one answer of a query to the next, piece by piece. */
export function* deltaPieces(before: PrintedGraph, after: PrintedGraph): Generator<string, void, void> {
  yield `{"window":${after.window},"completeness":${after.completeness},`;
  yield* changed("nodes", changes(before.nodes, after.nodes));
  yield ",";
  yield* changed("edges", changes(before.edges, after.edges));
  yield "}";
}

/** All pieces as they come, each made in a step of its own. */
export function* inSteps<T>(pieces: Generator<string, void, void>, take: (piece: string) => T): Sliced<T[]> {
  const taken: T[] = [];
  for (const piece of pieces) {
    taken.push(take(piece));
    yield;
  }
  return taken;
}
