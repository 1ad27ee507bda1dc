/**
 * What a span costs in memory, as an estimate of bytes of heap. In: canonical spans. Out: bytes. Counted: the span's own
 * fields, every text at two bytes a character where it is short and at what V8 needs where it is long, attributes, events
 * and links with their values, and the entries that find the span again. A resource and a scope that many spans share
 * are counted once, for as long as a span is held that has them. Sizes are those of V8 on 64 bits without pointer
 * compression; texts that two spans share are counted for both.
 */
import type { Attributes, AttributeValue, Span } from "../../lib/model/span.ts";

/** Object with 17 fields, two bigints, two ids, list slot, entry by id. */
const SPAN_BYTES = 400;
/** Trace with its maps, entries by id and service, kept summary. */
export const TRACE_BYTES = 1_000;
const EVENT_BYTES = 80;
const LINK_BYTES = 160;
const STRING_BYTES = 16;
const NUMBER_BYTES = 16;
const OBJECT_BYTES = 40;
/** Longer texts are looked at, shorter ones taken as two bytes a character. */
const LOOK_AT = 256;
const WIDE = /[\u0100-\uffff]/;

export function textBytes(text: string): number {
  const perCharacter = text.length > LOOK_AT && !WIDE.test(text) ? 1 : 2;
  return STRING_BYTES + perCharacter * text.length;
}

/** A hash table of V8: room for a power of two, three words an entry, a bucket for two. */
function mapBytes(size: number): number {
  const room = size <= 4 ? 4 : 2 ** Math.ceil(Math.log2(size));
  return 72 + 28 * room;
}

/** Explicit stack: values nest up to 64 deep, but nothing here relies on it. */
export function attributesBytes(attributes: Attributes): number {
  let bytes = 0;
  const maps: Attributes[] = [attributes];
  const values: AttributeValue[] = [];
  for (let map = maps.pop(); map !== undefined; map = maps.pop()) {
    if (map.size === 0) continue;
    bytes += mapBytes(map.size);
    for (const [key, own] of map) {
      bytes += textBytes(key);
      values.push(own);
      for (let value = values.pop(); value !== undefined; value = values.pop()) {
        if (typeof value === "string") bytes += textBytes(value);
        else if (typeof value !== "object") bytes += NUMBER_BYTES;
        else if ("bytes" in value) bytes += OBJECT_BYTES + textBytes(value.bytes);
        else if (Symbol.iterator in value) {
          bytes += OBJECT_BYTES + 8 * value.length;
          for (const member of value) values.push(member);
        } else {
          bytes += OBJECT_BYTES;
          maps.push(value.map);
        }
      }
    }
  }
  return bytes;
}

/** Without its resource and scope. */
export function spanBytes(span: Span): number {
  let bytes = SPAN_BYTES + textBytes(span.service) + textBytes(span.operation) + textBytes(span.statusMessage ?? "");
  bytes += textBytes(span.traceState ?? "");
  bytes += attributesBytes(span.attributes);
  for (const event of span.events) bytes += EVENT_BYTES + textBytes(event.name) + attributesBytes(event.attributes);
  for (const link of span.links) bytes += LINK_BYTES + attributesBytes(link.attributes);
  return bytes;
}

/** What spans share by reference: each object's bytes, for as long as one of its spans is held. */
export class SharedBytes {
  private readonly held = new Map<object, { readonly bytes: number; spans: number }>();

  /** Bytes that this span adds. */
  take(span: Span): number {
    const own = this.one(span.resource, () => attributesBytes(span.resource));
    const { scope } = span;
    if (scope === undefined) return own;
    return own + this.one(scope, () => OBJECT_BYTES + textBytes(scope.name) + textBytes(scope.version));
  }

  private one(object: object, measure: () => number): number {
    const known = this.held.get(object);
    if (known !== undefined) {
      known.spans += 1;
      return 0;
    }
    const bytes = measure();
    this.held.set(object, { bytes, spans: 1 });
    return bytes;
  }

  /** Bytes that go with this span. */
  release(span: Span): number {
    return this.drop(span.resource) + (span.scope === undefined ? 0 : this.drop(span.scope));
  }

  private drop(object: object): number {
    const known = this.held.get(object);
    if (known === undefined) return 0;
    known.spans -= 1;
    if (known.spans > 0) return 0;
    this.held.delete(object);
    return known.bytes;
  }

  clear(): void {
    this.held.clear();
  }
}
