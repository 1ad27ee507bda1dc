/**
 * One trace as JSON text in pieces of about 64 KiB, so that a trace of 100,000 spans is never one string. Spans come in
 * order of start, then id. Gives the event loop a turn between pieces.
 */
import { setImmediate } from "node:timers/promises";
import type { Span } from "../../../lib/model/span.ts";
import { type GraphPlace, jsonSpan } from "../../../lib/query/trace-json.ts";
import { traceExtent, traceServices } from "../../../lib/query/trace-summary.ts";
import { traceTree } from "../../../lib/query/trace-tree.ts";
import { traceWarnings } from "../../../lib/query/trace-warnings.ts";

const PIECE_CHARACTERS = 64 * 1024;

function inOrder(spans: readonly Span[]): number[] {
  const before = (a: Span | undefined, b: Span | undefined): number => {
    if (a === undefined || b === undefined) return 0;
    if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1;
    return a.spanId < b.spanId ? -1 : 1;
  };
  return spans.map((_, i) => i).sort((a, b) => before(spans[a], spans[b]));
}

function head(id: string, spans: readonly Span[]): string {
  const { startNs, endNs } = traceExtent(spans);
  const document = {
    traceId: id,
    spanCount: spans.length,
    startNs: String(startNs),
    durationNs: String(endNs - startNs),
    services: traceServices(spans),
    warnings: traceWarnings(traceTree(spans)),
  };
  return `${JSON.stringify(document).slice(0, -1)},"spans":[`;
}

export async function* traceChunks(
  id: string,
  spans: readonly Span[],
  places: readonly GraphPlace[],
  detail: "summary" | "full",
): AsyncGenerator<string> {
  let piece = head(id, spans);
  let first = true;
  for (const i of inOrder(spans)) {
    const span = spans[i];
    if (span === undefined) continue;
    piece += `${first ? "" : ","}${JSON.stringify(jsonSpan(span, places[i] ?? {}, detail))}`;
    first = false;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = "";
    await setImmediate();
  }
  yield `${piece}]}`;
}
