/**
 * Sides of calls ↔ bytes, for a process that reads spans to hand them to the one that pairs them. In: sides; out: a header,
 * the names that occur in them once each (JSON), and 72 bytes a side. Bytes that are not whole are refused as a whole.
 *
 * Header: version u32, length of the names u32, number of sides u32. A row: trace id 16, span id 8, parent 8 (zero: none),
 * end f64 and duration f64 (ms), own, peer, source and target of `through`, outcome: u32 each, index into the names
 * (ends: plus one, zero is none), role and shared (bit 7) u32. Integers are little endian.
 */
import { type Endpoint, MESHES, type Mesh, NODE_KINDS, PROTOCOLS } from "../../lib/model/identity.ts";
import { parseSpanId, parseTraceId } from "../../lib/model/span.ts";
import type { SpanOutcome, SpanRole, SpanSide } from "../../lib/model/span-side.ts";

const VERSION = 1;
const HEADER_BYTES = 12;
const ROW_BYTES = 72;
const ROLES: readonly SpanRole[] = ["client", "server", "producer", "consumer", "internal"];
const SHARED = 128;
/** Names remembered between bodies; a flood of different ones is parsed anew. */
const MAX_KNOWN = 20_000;

type Told = Pick<SpanOutcome, "protocol" | "code" | "grpcStatus" | "flags" | "sampled">;

class Names {
  readonly list: string[] = [];
  private readonly known = new Map<string, number>();

  indexOf(text: string): number {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    this.known.set(text, this.list.length);
    return this.list.push(text) - 1;
  }
}

function endpointText(end: Endpoint): string {
  const { cluster, namespace, kind, name, version, mesh, meshes, service, app, reason } = end;
  return JSON.stringify([cluster, namespace, kind, name, mesh, version, meshes, service, app, reason]);
}

function outcomeText({ protocol, code, grpcStatus, flags, sampled }: SpanSide): string {
  return JSON.stringify([protocol, code, grpcStatus, flags, sampled]);
}

export function encodeSides(sides: readonly SpanSide[]): Buffer {
  const [ends, outcomes] = [new Names(), new Names()];
  const rows = Buffer.alloc(sides.length * ROW_BYTES);
  const end = (endpoint: Endpoint | undefined): number =>
    endpoint === undefined ? 0 : ends.indexOf(endpointText(endpoint)) + 1;
  sides.forEach((side, index) => {
    const at = index * ROW_BYTES;
    rows.write(side.traceId, at, 16, "hex");
    rows.write(side.spanId, at + 16, 8, "hex");
    if (side.parentSpanId !== undefined) rows.write(side.parentSpanId, at + 24, 8, "hex");
    rows.writeDoubleLE(side.endMs, at + 32);
    rows.writeDoubleLE(side.durationMs, at + 40);
    rows.writeUInt32LE(end(side.own), at + 48);
    rows.writeUInt32LE(end(side.peer), at + 52);
    rows.writeUInt32LE(end(side.through?.source), at + 56);
    rows.writeUInt32LE(end(side.through?.target), at + 60);
    rows.writeUInt32LE(outcomes.indexOf(outcomeText(side)), at + 64);
    rows.writeUInt32LE(ROLES.indexOf(side.role) + (side.shared ? SHARED : 0), at + 68);
  });
  const names = Buffer.from(JSON.stringify([ends.list, outcomes.list]));
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(VERSION, 0);
  header.writeUInt32LE(names.length, 4);
  header.writeUInt32LE(sides.length, 8);
  return Buffer.concat([header, names, rows]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isText = (value: unknown): value is string => typeof value === "string";
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);
const meshOf = (value: unknown): Mesh | undefined => MESHES.find((mesh) => mesh === value);
/** JSON has no undefined: what was left out comes as null. */
const isTextOrNone = (value: unknown): value is string | null => value === null || isText(value);

function parseEndpoint(text: string): Endpoint | undefined {
  const values = parsed(text);
  if (!Array.isArray(values) || values.length !== 10) return undefined;
  const [cluster, namespace, kindName, name, meshName, version, meshNames, service, app, reason]: unknown[] = values;
  const kind = NODE_KINDS.find((known) => known === kindName);
  const mesh = meshName === null ? null : meshOf(meshName);
  const meshes = Array.isArray(meshNames) ? meshNames.flatMap((value) => meshOf(value) ?? []) : null;
  if (!isText(cluster) || !isText(namespace) || !isText(name) || kind === undefined || mesh === undefined)
    return undefined;
  if (!isTextOrNone(version) || !isTextOrNone(service) || !isTextOrNone(app) || !isTextOrNone(reason)) return undefined;
  return {
    ...{ cluster, namespace, kind, name, mesh },
    ...(version === null ? {} : { version }),
    ...(meshes === null ? {} : { meshes }),
    ...(service === null ? {} : { service }),
    ...(app === null ? {} : { app }),
    ...(reason === null ? {} : { reason }),
  };
}

function parseOutcome(text: string): Told | undefined {
  const values = parsed(text);
  if (!Array.isArray(values) || values.length !== 5) return undefined;
  const [protocolName, code, grpcStatus, flags, sampled]: unknown[] = values;
  const protocol = PROTOCOLS.find((known) => known === protocolName);
  if (protocol === undefined || !isText(code) || !isText(grpcStatus) || !isTexts(flags)) return undefined;
  return sampled === null || typeof sampled === "number" ? { protocol, code, grpcStatus, flags, sampled } : undefined;
}

class Known<T> {
  private readonly byText = new Map<string, T>();
  private readonly parse: (text: string) => T | undefined;

  constructor(parse: (text: string) => T | undefined) {
    this.parse = parse;
  }

  all(texts: readonly string[]): readonly T[] | undefined {
    if (this.byText.size > MAX_KNOWN) this.byText.clear();
    const values: T[] = [];
    for (const text of texts) {
      const value = this.byText.get(text) ?? this.parse(text);
      if (value === undefined) return undefined;
      this.byText.set(text, value);
      values.push(value);
    }
    return values;
  }
}

interface Tables {
  readonly ends: readonly Endpoint[];
  readonly outcomes: readonly Told[];
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const NO_PARENT = "0".repeat(16);

/** Field by field: this is done for every span that another process received. */
function readRow(rows: Buffer, at: number, { ends, outcomes }: Tables): SpanSide | undefined {
  const ids = rows.toString("hex", at, at + 32);
  const traceId = parseTraceId(ids.slice(0, 32));
  const spanId = parseSpanId(ids.slice(32, 48));
  const own = ends[rows.readUInt32LE(at + 48) - 1];
  const outcome = outcomes[rows.readUInt32LE(at + 64)];
  const roleAndShared = rows.readUInt32LE(at + 68);
  const role = ROLES[roleAndShared & (SHARED - 1)];
  if (traceId === undefined || spanId === undefined || own === undefined) return undefined;
  if (outcome === undefined || role === undefined) return undefined;
  const { protocol, code, grpcStatus, flags, sampled } = outcome;
  const [endMs, durationMs] = [rows.readDoubleLE(at + 32), rows.readDoubleLE(at + 40)];
  const shared = roleAndShared >= SHARED;
  const side: Writable<SpanSide> = {
    traceId,
    spanId,
    shared,
    role,
    own,
    protocol,
    endMs,
    durationMs,
    code,
    grpcStatus,
    flags,
    sampled,
  };
  const above = ids.slice(48);
  const parentSpanId = above === NO_PARENT ? undefined : parseSpanId(above);
  if (parentSpanId !== undefined) side.parentSpanId = parentSpanId;
  const peer = ends[rows.readUInt32LE(at + 52) - 1];
  if (peer !== undefined) side.peer = peer;
  const [source, target] = [ends[rows.readUInt32LE(at + 56) - 1], ends[rows.readUInt32LE(at + 60) - 1]];
  if (source !== undefined && target !== undefined) side.through = { source, target };
  return side;
}

/** Reads what `encodeSides` wrote; ends that it has met before are the same objects again. */
export class SideReader {
  private readonly ends = new Known(parseEndpoint);
  private readonly outcomes = new Known(parseOutcome);

  /** Undefined: the bytes are not a whole of this version. */
  read(bytes: Uint8Array): readonly SpanSide[] | undefined {
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (all.length < HEADER_BYTES || all.readUInt32LE(0) !== VERSION) return undefined;
    const rowsAt = HEADER_BYTES + all.readUInt32LE(4);
    const count = all.readUInt32LE(8);
    if (rowsAt + count * ROW_BYTES !== all.length) return undefined;
    const names = parsed(all.toString("utf8", HEADER_BYTES, rowsAt));
    if (!Array.isArray(names) || !isTexts(names[0]) || !isTexts(names[1])) return undefined;
    const [ends, outcomes] = [this.ends.all(names[0]), this.outcomes.all(names[1])];
    if (ends === undefined || outcomes === undefined) return undefined;
    const sides: SpanSide[] = [];
    for (let at = rowsAt; at < all.length; at += ROW_BYTES) {
      const side = readRow(all, at, { ends, outcomes });
      if (side === undefined) return undefined;
      sides.push(side);
    }
    return sides;
  }
}
