/**
 * Zipkin v2 JSON → columns, without an object for anything in it. In: the body of `POST /api/v2/spans`. Out: columns that read
 * as what json.ts makes of the same body; undefined where the body holds anything out of the ordinary (an unknown or
 * repeated member, a tag that is no text, an id or time that is wrong): json.ts then reads it, and says what is wrong.
 * Columns are good until the next body.
 */

import { ColumnsWriter } from "../json/kernel-columns-writer.ts";
import { JsonScan } from "../json/kernel-json-scan.ts";
import {
  HAS_PARENT,
  NAME,
  type OtlpColumns,
  PARENT_ID,
  SHARED,
  SPAN_ID,
  SPAN_WORDS,
  TRACE_ID,
} from "../otlp/columns.ts";
import { MAX_TEXT } from "../otlp/cut-text.ts";
import { WantedKeys } from "../otlp/wanted-keys.ts";
import { AttributeReader } from "../otlp/wire-attributes.ts";
import { textOf } from "../otlp/wire-text.ts";
import { INBOUND_CLUSTER } from "./json.ts";
import { isNamed, zipkinService } from "./service.ts";

const MEMBERS = new WantedKeys([
  "traceId",
  "id",
  "parentId",
  "name",
  "timestamp",
  "duration",
  "kind",
  "shared",
  "debug",
  "tags",
  "annotations",
  "localEndpoint",
  "remoteEndpoint",
]);
const [TRACE, ID, PARENT, OPERATION, TIMESTAMP, DURATION, ROLE, SHARE, DEBUG, TAGS, ANNOTATIONS, LOCAL, REMOTE] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
];
const ROLES = new WantedKeys(["SERVER", "CLIENT", "PRODUCER", "CONSUMER"]);
/** Of SPAN_KINDS. */
const [INTERNAL, SERVER, CLIENT] = [1, 2, 3];
const ENDPOINT = new WantedKeys(["serviceName", "ipv4", "ipv6", "port"]);
const PORT = 3;
const ANNOTATION = new WantedKeys(["timestamp", "value"]);

/** Tags that say more than themselves: those of endpoints first, which a tag of the same name takes the place of. */
const TELLING = new WantedKeys([
  "peer.service",
  "network.peer.address",
  "network.peer.port",
  "network.local.address",
  "network.local.port",
  "upstream_cluster",
  "error",
]);
const CLUSTER = 5;
const ERROR = 6;
const encoder = new TextEncoder();
const ENDPOINT_KEYS = TELLING.keys.slice(0, CLUSTER).map((key) => encoder.encode(key));
const ERROR_STATUS = 2;

const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const MAX_KEY = 0x7f;

export class ZipkinColumns {
  private readonly scan = new JsonScan();
  private readonly out = new ColumnsWriter();
  private resource = 0;
  private scope = 0;
  private service = -1;
  /** Of the span at hand: its record, and the members it had, a bit each. */
  private base = 0;
  private seen = 0;
  private startUs = 0;
  private durationUs = 0;
  private role = INTERNAL;
  private flags = 0;
  /** From and to, by member of an endpoint, in the body; of telling tags by place, in what is written. */
  private readonly local = new Int32Array(8);
  private readonly remote = new Int32Array(8);
  private readonly told = new Int32Array(2 * TELLING.keys.length);
  /** Bits of the telling tags it has. */
  private telling = 0;

  read(body: Uint8Array): OtlpColumns | undefined {
    const { scan, out } = this;
    scan.open(body);
    out.open();
    this.resource = out.resource();
    out.endResource(this.resource);
    this.service = -1;
    const isRead = scan.list((ordinal) => this.span(ordinal)) && scan.next() < 0;
    scan.close();
    return isRead ? out.columns() : undefined;
  }

  private readonly readMember = (member: number): boolean => this.member(member);

  private span(ordinal: number): boolean {
    this.base = this.out.span(ordinal);
    [this.startUs, this.durationUs, this.role, this.flags, this.telling, this.seen] = [0, 0, INTERNAL, 0, 0, 0];
    this.local.fill(0);
    this.remote.fill(0);
    return this.scan.object(MEMBERS, this.readMember) && this.end();
  }

  private member(member: number): boolean {
    const { scan, out } = this;
    this.seen |= 1 << member;
    switch (member) {
      case TRACE:
        return scan.string() && out.hex(scan, this.base + TRACE_ID, 4);
      case ID:
        return scan.string() && out.hex(scan, this.base + SPAN_ID, 2);
      case PARENT:
        return scan.string() && (scan.from === scan.to || out.hex(scan, this.base + PARENT_ID, 2));
      case OPERATION: {
        if (!scan.string() || scan.to - scan.from > MAX_TEXT) return false;
        const from = out.length;
        const bytes = out.text(scan);
        if (bytes > 0) out.tape[this.base + NAME] = out.id(from, from + bytes);
        return true;
      }
      case TIMESTAMP:
        this.startUs = scan.integer();
        return this.startUs > 0;
      case DURATION:
        this.durationUs = scan.integer();
        return this.durationUs >= 0;
      case ROLE:
        this.role = scan.string() ? ROLES.place(scan.bytes, scan.from, scan.to) + SERVER : 0;
        return this.role >= SERVER;
      case SHARE:
        return this.truth(SHARED);
      case DEBUG:
        return this.truth(0);
      case TAGS:
        return this.tags();
      case ANNOTATIONS:
        return scan.list(this.annotation);
      case LOCAL:
        return this.endpoint(this.local);
      case REMOTE:
        return this.endpoint(this.remote);
    }
    return false;
  }

  private truth(flag: number): boolean {
    const { scan } = this;
    if (scan.next() === 0x66) return scan.word("false");
    this.flags |= flag;
    return scan.word("true");
  }

  private endpoint(into: Int32Array): boolean {
    const { scan } = this;
    return scan.object(ENDPOINT, (member) => {
      const isText = member === PORT ? scan.integer() >= 0 : scan.string() && !scan.escaped;
      into[2 * member] = scan.from;
      into[2 * member + 1] = scan.to;
      return isText && scan.to - scan.from <= MAX_TEXT;
    });
  }

  private tags(): boolean {
    const { scan, out, told } = this;
    if (!scan.eat(OPEN)) return false;
    if (scan.eat(CLOSE)) return true;
    do {
      if (!scan.string() || scan.escaped || scan.to - scan.from > MAX_KEY) return false;
      const first = scan.bytes[scan.from] ?? 0;
      // An engine puts keys that are numbers before all others.
      if (first >= 0x30 && first <= 0x39) return false;
      const telling = TELLING.place(scan.bytes, scan.from, scan.to);
      out.key(scan.bytes, scan.from, scan.to);
      if (!scan.eat(COLON) || !scan.string() || scan.to - scan.from > MAX_TEXT) return false;
      const bytes = out.text(scan);
      const at = out.stringValue(bytes);
      if (telling < 0) continue;
      this.telling |= 1 << telling;
      told[2 * telling] = at;
      told[2 * telling + 1] = at + bytes;
    } while (scan.eat(COMMA));
    return scan.eat(CLOSE);
  }

  private readonly annotation = (): boolean => {
    const { scan, out } = this;
    let us = -1;
    let [from, to, escaped] = [-1, 0, false];
    const isRead = scan.object(ANNOTATION, (member) => {
      if (member === 0) us = scan.integer();
      else if (scan.string()) [from, to, escaped] = [scan.from, scan.to, scan.escaped];
      return member === 0 || from >= 0;
    });
    if (!isRead || us < 0 || from < 0 || to - from > MAX_TEXT) return false;
    [scan.from, scan.to, scan.escaped] = [from, to, escaped];
    const time = out.scratch();
    out.nanos(time, us);
    out.event(out.tape[time] ?? 0, out.tape[time + 1] ?? 0, scan);
    return true;
  };

  private end(): boolean {
    const { out, base, startUs, durationUs } = this;
    if (out.isZero(base + TRACE_ID, 4) || out.isZero(base + SPAN_ID, 2)) return false;
    const endUs = startUs + durationUs;
    if (startUs <= 0 || endUs > Number.MAX_SAFE_INTEGER) return false;
    out.times(base, startUs, endUs);
    const flags = this.flags | (out.isZero(base + PARENT_ID, 2) ? 0 : HAS_PARENT);
    out.outcome(base, this.kind(), this.status(), flags);
    // What the service is told by are the tags alone.
    const service = this.serviceId();
    this.endpoints();
    out.endSpan(base);
    if (service !== this.service) {
      this.service = service;
      this.scope = out.scope();
    }
    out.belongs(base, this.resource, this.scope, service);
    return true;
  }

  private toldText(place: number): string | undefined {
    if ((this.telling & (1 << place)) === 0) return undefined;
    return textOf(this.out.bytes, this.told[2 * place] ?? 0, this.told[2 * place + 1] ?? 0);
  }

  private kind(): number {
    if (this.role !== CLIENT) return this.role;
    return INBOUND_CLUSTER.test(this.toldText(CLUSTER) ?? "") ? SERVER : CLIENT;
  }

  private status(): number {
    const error = this.toldText(ERROR);
    if (error === undefined || error === "false") return 0;
    if (error !== "" && error !== "true")
      this.out.message(this.base, this.told[2 * ERROR] ?? 0, this.told[2 * ERROR + 1] ?? 0);
    return ERROR_STATUS;
  }

  private serviceId(): number {
    const { scan, out, local } = this;
    const [from, to] = [local[0] ?? 0, local[1] ?? 0];
    const begin = out.length;
    if (isNamed(scan.bytes, from, to)) {
      out.room(to - from);
      out.copy(scan.bytes, from, to);
    } else {
      const tags = new AttributeReader(out.bytes).attributes(out.tape, this.base + SPAN_WORDS, out.top);
      const name = encoder.encode(zipkinService("", tags));
      out.room(name.length);
      out.copy(name, 0, name.length);
    }
    return out.id(begin, out.length);
  }

  /** Attributes of both endpoints, in the order in which json.ts adds them. */
  private endpoints(): void {
    const { local, remote } = this;
    this.add(0, remote, 0);
    this.add(1, remote, this.address(remote));
    this.add(2, remote, PORT);
    this.add(3, local, this.address(local));
    this.add(4, local, PORT);
  }

  /** The member of an endpoint that has its address. */
  private address(endpoint: Int32Array): number {
    return (endpoint[3] ?? 0) > (endpoint[2] ?? 0) ? 1 : 2;
  }

  private add(place: number, endpoint: Int32Array, member: number): void {
    const { scan, out } = this;
    const [from, to] = [endpoint[2 * member] ?? 0, endpoint[2 * member + 1] ?? 0];
    const key = ENDPOINT_KEYS[place];
    if (from === to || (this.telling & (1 << place)) !== 0 || key === undefined) return;
    out.key(key, 0, key.length);
    out.room(to - from);
    out.copy(scan.bytes, from, to);
    out.stringValue(to - from);
  }
}
