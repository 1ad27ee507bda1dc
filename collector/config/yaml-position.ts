/**
 * Where a value, or a key inside it, stands in a YAML file. In: the parsed document and a path; out: line and column; of a
 * value that is not there those of what should hold it.
 */
import { type Document, isMap, isScalar, type LineCounter, type ParsedNode } from "yaml";

export interface Position {
  readonly line: number;
  readonly col: number;
}

export function positionIn(
  document: Document<ParsedNode> | null,
  lines: LineCounter,
  path: readonly PropertyKey[],
  key?: string,
): Position | undefined {
  const keys = path.map((part) => (typeof part === "symbol" ? String(part) : part));
  const node = document?.getIn(keys, true);
  let offset =
    node !== null && typeof node === "object" && "range" in node && Array.isArray(node.range)
      ? Number(node.range[0])
      : undefined;
  const holder = keys.length === 0 ? document?.contents : node;
  if (key !== undefined && isMap(holder)) {
    const pair = holder.items.find((item) => isScalar(item.key) && item.key.value === key);
    if (isScalar(pair?.key)) offset = pair.key.range?.[0];
  }
  if (offset !== undefined) return lines.linePos(offset);
  return keys.length > 1 ? positionIn(document, lines, keys.slice(0, -1)) : undefined;
}
