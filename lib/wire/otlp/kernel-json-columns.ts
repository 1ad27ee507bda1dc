/**
 * OTLP JSON → columns, without an object for anything in it. In: the body of `POST /v1/traces`. Out: columns that read as
 * what json.ts makes of the same body; undefined where the body holds anything out of the ordinary (an unknown or repeated
 * member, lists and maps as values, events with attributes, links, an id or time that is wrong, members in an order that
 * nobody writes): json.ts then reads it, and says what is wrong. Columns are good until the next body.
 */
import { ColumnsWriter } from "../json/kernel-columns-writer.ts";
import { JsonScan } from "../json/kernel-json-scan.ts";
import {
  END,
  HAS_PARENT,
  NAME,
  NONE,
  type OtlpColumns,
  PARENT_ID,
  RESOURCE_SERVICE,
  SCOPE_NAME,
  SCOPE_PRESENT,
  SCOPE_VERSION,
  SPAN_ID,
  START,
  TRACE_ID,
} from "./columns.ts";
import { MAX_TEXT } from "./cut-text.ts";
import { isServiceName } from "./service-name.ts";
import { WantedKeys } from "./wanted-keys.ts";

const REQUEST = new WantedKeys(["resourceSpans"]);
const GROUP = new WantedKeys(["resource", "scopeSpans", "schemaUrl"]);
const RESOURCE = new WantedKeys(["attributes", "droppedAttributesCount"]);
const SCOPE_SPANS = new WantedKeys(["scope", "spans", "schemaUrl"]);
const SCOPE = new WantedKeys(["name", "version", "attributes", "droppedAttributesCount"]);
const SPAN = new WantedKeys([
  "traceId",
  "spanId",
  "parentSpanId",
  "name",
  "kind",
  "startTimeUnixNano",
  "endTimeUnixNano",
  "attributes",
  "events",
  "links",
  "status",
  "traceState",
  "flags",
  "droppedAttributesCount",
  "droppedEventsCount",
  "droppedLinksCount",
]);
const [TRACE, ID, PARENT, OPERATION, ROLE, BEGIN, FINISH, ATTRIBUTES, EVENTS, LINKS, STATUS, TRACE_STATE] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
];
const KEY_VALUE = new WantedKeys(["key", "value"]);
const VALUE = new WantedKeys(["stringValue", "intValue", "boolValue", "doubleValue"]);
const [TEXT, INT, BOOL, DOUBLE] = [0, 1, 2, 3];
const EVENT = new WantedKeys(["timeUnixNano", "name", "attributes", "droppedAttributesCount"]);
const OUTCOME = new WantedKeys(["code", "message"]);

const LAST_KIND = 5;
const LAST_STATUS = 2;
const MAX_KEY = 0x7f;
/** A longer integer may leave 2^53. */
const MAX_DIGITS = 15;

const never = (): boolean => false;

export class OtlpJsonColumns {
  private readonly scan = new JsonScan();
  private readonly out = new ColumnsWriter();
  private resource = 0;
  private scope = 0;
  private service = NONE;
  /** Of the span at hand. */
  private base = 0;
  private kind = 0;
  private status = 0;

  read(body: Uint8Array): OtlpColumns | undefined {
    const { scan, out } = this;
    scan.open(body);
    out.open();
    const isRead = scan.object(REQUEST, () => scan.list(this.group)) && scan.next() < 0;
    scan.close();
    return isRead ? out.columns() : undefined;
  }

  private readonly group = (): boolean => {
    const { scan, out } = this;
    this.resource = out.resource();
    this.service = NONE;
    let spans = false;
    return (
      scan.object(GROUP, (member) => {
        if (member === 2) return this.skipText();
        // Its attributes lie together, before all spans.
        if (member === 0) return !spans && scan.object(RESOURCE, this.resourceMember);
        spans = true;
        out.endResource(this.resource);
        return scan.list(this.scopeSpans);
      }) &&
      // A record ends where the next begins.
      (spans || this.endEmpty())
    );
  };

  private endEmpty(): boolean {
    this.out.endResource(this.resource);
    return true;
  }

  private readonly resourceMember = (member: number): boolean =>
    member === 0 ? this.scan.list(this.resourceAttribute) : this.scan.integer() >= 0;

  private readonly resourceAttribute = (): boolean => {
    const { scan, out } = this;
    let isService = false;
    return this.keyValue(
      () => {
        isService = isServiceName(scan.bytes, scan.from, scan.to);
      },
      (from, bytes) => {
        if (!isService) return;
        this.service = bytes > 0 ? out.id(from, from + bytes) : NONE;
        out.tape[this.resource + RESOURCE_SERVICE] = this.service;
      },
    );
  };

  private readonly scopeSpans = (): boolean => {
    const { scan } = this;
    this.scope = this.out.scope();
    return scan.object(SCOPE_SPANS, (member) => {
      if (member === 1) return scan.list(this.span);
      return member === 2 ? this.skipText() : this.scopeOf();
    });
  };

  private scopeOf(): boolean {
    const { scan, out, scope } = this;
    out.tape[scope + SCOPE_PRESENT] = 1;
    return scan.object(SCOPE, (member) => {
      if (member === 2) return scan.list(never);
      if (member === 3) return scan.integer() >= 0;
      const at = scope + (member === 0 ? SCOPE_NAME : SCOPE_VERSION);
      const from = out.length;
      if (!this.text()) return false;
      out.tape[at] = from;
      out.tape[at + 1] = out.length;
      return true;
    });
  }

  private skipText(): boolean {
    return this.scan.string();
  }

  /** A text of ordinary length, which is written. */
  private text(): boolean {
    const { scan, out } = this;
    if (!scan.string() || scan.to - scan.from > MAX_TEXT) return false;
    out.text(scan);
    return true;
  }

  private readonly span = (ordinal: number): boolean => {
    const { out } = this;
    this.base = out.span(ordinal);
    [this.kind, this.status] = [0, 0];
    return this.scan.object(SPAN, this.spanMember) && this.endSpan();
  };

  private endSpan(): boolean {
    const { out, base } = this;
    const { tape } = out;
    if (out.isZero(base + TRACE_ID, 4) || out.isZero(base + SPAN_ID, 2) || out.isZero(base + START, 2)) return false;
    const [low, high] = [tape[base + START] ?? 0, tape[base + START + 1] ?? 0];
    const [endLow, endHigh] = [tape[base + END] ?? 0, tape[base + END + 1] ?? 0];
    if (endHigh < high || (endHigh === high && endLow < low)) return false;
    out.outcome(base, this.kind, this.status, out.isZero(base + PARENT_ID, 2) ? 0 : HAS_PARENT);
    out.belongs(base, this.resource, this.scope, this.service);
    out.endSpan(base);
    return true;
  }

  private readonly spanMember = (member: number): boolean => {
    const { scan, out, base } = this;
    switch (member) {
      case TRACE:
        return scan.string() && scan.to - scan.from === 32 && out.hex(scan, base + TRACE_ID, 4);
      case ID:
        return scan.string() && scan.to - scan.from === 16 && out.hex(scan, base + SPAN_ID, 2);
      case PARENT:
        if (!scan.string()) return false;
        return scan.from === scan.to || (scan.to - scan.from === 16 && out.hex(scan, base + PARENT_ID, 2));
      case OPERATION: {
        const from = out.length;
        if (!this.text()) return false;
        if (out.length > from) out.tape[base + NAME] = out.id(from, out.length);
        return true;
      }
      case ROLE:
        this.kind = scan.integer();
        return this.kind >= 0 && this.kind <= LAST_KIND;
      case BEGIN:
        return scan.int64() && out.digits64(scan, base + START);
      case FINISH:
        return scan.int64() && out.digits64(scan, base + END);
      case ATTRIBUTES:
        return scan.list(this.attribute);
      case EVENTS:
        return scan.list(this.event);
      case LINKS:
        return scan.list(never);
      case STATUS:
        return scan.object(OUTCOME, this.outcome);
      case TRACE_STATE:
        return scan.string() && scan.from === scan.to;
      default:
        return scan.integer() >= 0;
    }
  };

  private readonly outcome = (member: number): boolean => {
    const { scan, out } = this;
    if (member === 0) {
      this.status = scan.integer();
      return this.status >= 0 && this.status <= LAST_STATUS;
    }
    const from = out.length;
    if (!this.text()) return false;
    out.message(this.base, from, out.length);
    return true;
  };

  private readonly attribute = (): boolean => this.keyValue();

  /** A key, then a value of one member. `textIs` is told where a text stands that is the value, or of none of it. */
  private keyValue(keyIs?: () => void, textIs?: (from: number, bytes: number) => void): boolean {
    const { scan, out } = this;
    let hasKey = false;
    let hasValue = false;
    const isRead = scan.object(KEY_VALUE, (member) => {
      if (member === 0) {
        if (!scan.string() || scan.escaped || scan.to - scan.from > MAX_KEY) return false;
        keyIs?.();
        out.key(scan.bytes, scan.from, scan.to);
        hasKey = true;
        return true;
      }
      return (
        hasKey &&
        scan.object(VALUE, (kind) => {
          if (hasValue) return false;
          hasValue = true;
          return this.value(kind, textIs);
        })
      );
    });
    return isRead && hasValue;
  }

  private value(kind: number, textIs: ((from: number, bytes: number) => void) | undefined): boolean {
    const { scan, out } = this;
    if (kind === TEXT) {
      if (!scan.string() || scan.to - scan.from > MAX_TEXT) return false;
      const bytes = out.text(scan);
      const from = out.stringValue(bytes);
      textIs?.(from, bytes);
      return true;
    }
    textIs?.(0, 0);
    if (kind === INT) {
      if (!scan.int64() || scan.to - scan.from > MAX_DIGITS) return false;
      // No −0 among integers.
      out.intValue(Number(scan.ascii()) + 0);
    } else if (kind === BOOL) {
      const isTrue = scan.next() === 0x74;
      if (!scan.word(isTrue ? "true" : "false")) return false;
      out.boolValue(isTrue);
    } else if (kind === DOUBLE) {
      if (!scan.number()) return false;
      out.doubleValue(Number(scan.ascii()));
    }
    return true;
  }

  private readonly event = (): boolean => {
    const { scan, out } = this;
    let [from, to, escaped] = [0, 0, false];
    let [low, high] = [0, 0];
    const isRead = scan.object(EVENT, (member) => {
      if (member === 0) {
        const time = out.scratch();
        if (!scan.int64() || !out.digits64(scan, time)) return false;
        [low, high] = [out.tape[time] ?? 0, out.tape[time + 1] ?? 0];
        return true;
      }
      if (member === 1) {
        const isText = scan.string() && scan.to - scan.from <= MAX_TEXT;
        [from, to, escaped] = [scan.from, scan.to, scan.escaped];
        return isText;
      }
      return member === 2 ? scan.list(never) : scan.integer() >= 0;
    });
    if (!isRead) return false;
    [scan.from, scan.to, scan.escaped] = [from, to, escaped];
    out.event(low, high, scan);
    return true;
  };
}
