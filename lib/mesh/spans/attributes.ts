/** Attributes of a span as text, those of the span before those of its resource. What proxies print for "unknown" is absent. */
import type { Attributes, Span } from "../../model/span.ts";

const SENTINELS = new Set(["", "-", "unknown"]);

function text(attributes: Attributes, key: string): string | undefined {
  const value = attributes.get(key);
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return typeof value === "string" && !SENTINELS.has(value) ? value : undefined;
}

/** The first of `keys` that the span has. */
export function attribute(span: Span, ...keys: readonly string[]): string | undefined {
  const { attributes, resource } = span;
  if (attributes.size + resource.size === 0) return undefined;
  for (const key of keys) {
    const found = text(attributes, key) ?? text(resource, key);
    if (found !== undefined) return found;
  }
  return undefined;
}
