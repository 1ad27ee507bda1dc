/** Both receivers over real HTTP: answers, refusals, limits, counters, start and stop. */
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import root from "otlp-transformer-oracle/build/src/generated/root.js";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { referenceCodec, TRACE_REQUEST, TRACE_RESPONSE } from "../../lib/wire/otlp/reference-codec.ts";
import {
  gzipped,
  hexId,
  JSON_TYPE,
  ListStore,
  otlpJsonSpan,
  PROTO_TYPE,
  post,
  type Rig,
  startRig,
  zipkinSpan,
} from "./receiver-rig.ts";
import { ReceiverStartError } from "./start.ts";

const MIB = 1024 * 1024;
let store: ListStore;
let rig: Rig;

beforeEach(async () => {
  store = new ListStore();
  rig = await startRig({ store });
});

afterEach(() => rig.receivers.stop());

function protoBody(seed: number): Uint8Array {
  const codec = referenceCodec(root, TRACE_REQUEST);
  if (codec === undefined) throw new Error("no reference codec");
  const ms = Date.now();
  const time = (at: number) => {
    const ns = BigInt(at) * 1_000_000n;
    return { low: Number(BigInt.asIntN(32, ns)), high: Number(BigInt.asIntN(32, ns >> 32n)), unsigned: true };
  };
  const span = {
    traceId: Buffer.from(hexId(seed, 32), "hex"),
    spanId: Buffer.from(hexId(seed, 16), "hex"),
    name: "GET /",
    kind: 2,
    startTimeUnixNano: time(ms),
    endTimeUnixNano: time(ms + 5),
  };
  return codec.encode({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }).finish();
}

async function expectStillUp(): Promise<void> {
  const before = store.spans.length;
  const { body } = otlpJsonSpan(90_000 + before);
  expect((await post(`${rig.otlp}/v1/traces`, body, JSON_TYPE)).status).toBe(200);
  expect((await post(`${rig.zipkin}/api/v2/spans`, zipkinSpan(91_000 + before).body, JSON_TYPE)).status).toBe(202);
  expect(store.spans.length).toBe(before + 2);
}

describe("what is accepted", () => {
  test("OTLP JSON, plain and gzipped, with parameters on its type", async () => {
    const type = { "content-type": "application/json; charset=utf-8" };
    const plain = await post(`${rig.otlp}/v1/traces`, otlpJsonSpan(1).body, type);
    expect([plain.status, plain.headers.get("content-type"), plain.text]).toEqual([200, "application/json", "{}"]);
    const zipped = await post(`${rig.otlp}/v1/traces`, gzipped(otlpJsonSpan(2).body), {
      ...JSON_TYPE,
      "content-encoding": "gzip",
    });
    expect(zipped.status).toBe(200);
    expect(await rig.spansOf(otlpJsonSpan(2).traceId)).toMatchObject([{ service: "web", operation: "GET /" }]);
    expect(rig.source("otlpHttp")).toMatchObject({ items: { unit: "spans", count: 2 }, drops: {}, lastError: null });
  });

  test("OTLP protobuf is answered in protobuf", async () => {
    const reply = await post(`${rig.otlp}/v1/traces`, protoBody(3), PROTO_TYPE);
    expect([reply.status, reply.headers.get("content-type"), reply.bytes.length]).toEqual([
      200,
      "application/x-protobuf",
      0,
    ]);
    expect(await rig.spansOf(hexId(3, 32))).toMatchObject([{ kind: "server", service: "unknown_service" }]);
  });

  test("Zipkin JSON is answered 202 with nothing", async () => {
    const { traceId, body } = zipkinSpan(4);
    const reply = await post(`${rig.zipkin}/api/v2/spans`, body, JSON_TYPE);
    expect([reply.status, reply.text]).toEqual([202, ""]);
    expect(await rig.spansOf(traceId)).toMatchObject([{ service: "web.shop", durationNs: 5_000_000n }]);
  });

  test("Zipkin protobuf, as App Mesh's agent sends it, gzipped or not, is answered 202 with nothing", async () => {
    const id = hexId(5, 16);
    const start = Buffer.alloc(8);
    start.writeBigUInt64LE(BigInt(Date.now()) * 1000n);
    const bytes = (field: number, value: Uint8Array) => Buffer.from([field * 8 + 2, value.length, ...value]);
    const span = Buffer.concat([
      bytes(1, Buffer.from(id, "hex")),
      bytes(3, Buffer.from(id, "hex")),
      Buffer.from([4 * 8, 2]),
      Buffer.concat([Buffer.from([6 * 8 + 1]), start]),
      bytes(8, bytes(1, Buffer.from("web.shop"))),
    ]);
    const body = bytes(1, span);
    expect((await post(`${rig.zipkin}/api/v2/spans`, body, PROTO_TYPE)).status).toBe(202);
    const zipped = { ...PROTO_TYPE, "content-encoding": "gzip" };
    expect((await post(`${rig.zipkin}/api/v2/spans`, gzipped(body), zipped)).status).toBe(202);
    const [first, second] = await rig.spansOf(id);
    expect(first).toMatchObject({ kind: "server", service: "web.shop" });
    expect(second).toEqual(first);
  });

  test("an empty request is a success", async () => {
    expect((await post(`${rig.otlp}/v1/traces`, "{}", JSON_TYPE)).status).toBe(200);
    expect((await post(`${rig.otlp}/v1/traces`, "", PROTO_TYPE)).status).toBe(200);
    expect((await post(`${rig.zipkin}/api/v2/spans`, "[]", JSON_TYPE)).status).toBe(202);
  });
});

describe("partial success", () => {
  function mixed(): { good: string; body: string } {
    const { traceId, body } = otlpJsonSpan(5);
    const parsed = JSON.parse(body);
    const { spans } = parsed.resourceSpans[0].scopeSpans[0];
    spans.push({ ...spans[0], traceId: "00" }, { ...spans[0], spanId: "" }, { ...spans[0], startTimeUnixNano: "0" });
    return { good: traceId, body: JSON.stringify(parsed) };
  }

  test("rejected spans are counted in the answer and on the board, the others kept", async () => {
    const { good, body } = mixed();
    const reply = await post(`${rig.otlp}/v1/traces`, body, JSON_TYPE);
    const { partialSuccess } = JSON.parse(reply.text);
    expect(reply.status).toBe(200);
    expect(partialSuccess.rejectedSpans).toBe("3");
    expect(partialSuccess.errorMessage).toContain(
      "trace_id_invalid, first at $.resourceSpans[0].scopeSpans[0].spans[1]",
    );
    expect(await rig.spansOf(good)).toHaveLength(1);
    const source = rig.source("otlpHttp");
    expect(source.drops).toEqual({ trace_id_invalid: 1, span_id_invalid: 1, start_missing: 1 });
    expect(source.items.count).toBe(1);
  });

  test("in protobuf it is the message of the specification", async () => {
    const body = Buffer.from(protoBody(6));
    const id = Buffer.from(hexId(6, 16), "hex");
    // The trace id ends in the same bytes: the span id is the last of the two.
    body.fill(0, body.lastIndexOf(id), body.lastIndexOf(id) + 8);
    const reply = await post(`${rig.otlp}/v1/traces`, body, PROTO_TYPE);
    const decoded = JSON.parse(JSON.stringify(referenceCodec(root, TRACE_RESPONSE)?.decode(reply.bytes)));
    expect(String(decoded.partialSuccess.rejectedSpans)).toBe("1");
    expect(decoded.partialSuccess.errorMessage).toMatch(/^1 span left out: span_id_invalid/);
    expect(store.spans).toHaveLength(0);
  });

  test("spans that are in no edge are stored, counted on the board, and no loss to the sender", async () => {
    const { traceId, body } = zipkinSpan(10);
    const old = { ...JSON.parse(body)[0], timestamp: (Date.now() - 700_000) * 1000 };
    const reply = await post(`${rig.zipkin}/api/v2/spans`, JSON.stringify([old]), JSON_TYPE);
    expect([reply.status, reply.text]).toEqual([202, ""]);
    expect(await rig.spansOf(traceId)).toHaveLength(1);
    expect(rig.source("zipkin")).toMatchObject({
      drops: { span_out_of_time: 1 },
      lastError: null,
      items: { count: 1 },
    });
    const dropped = await rig.registry.getSingleMetric("meshscope_source_dropped_items_total")?.get();
    expect(dropped?.values).toMatchObject([{ labels: { kind: "zipkin", code: "span_out_of_time" }, value: 1 }]);
  });

  test("a span of more than ten minutes in the future is refused and counted", async () => {
    const span = JSON.parse(zipkinSpan(7).body)[0];
    await post(
      `${rig.zipkin}/api/v2/spans`,
      JSON.stringify([{ ...span, timestamp: (Date.now() + 700_000) * 1000 }]),
      JSON_TYPE,
    );
    expect(rig.source("zipkin").drops).toEqual({ in_future: 1 });
    expect(store.spans).toHaveLength(0);
  });
});

describe("refusals have a status, a code, and are counted; the receiver stays up", () => {
  const json = otlpJsonSpan(8).body;
  const gzip = { ...JSON_TYPE, "content-encoding": "gzip" };
  type Case = [string, number, string, Uint8Array | string, Record<string, string>];
  const otlpCases: Case[] = [
    ["json_syntax", 400, "/v1/traces", json.slice(0, -5), JSON_TYPE],
    ["json_shape", 400, "/v1/traces", "[]", JSON_TYPE],
    ["json_shape", 400, "/v1/traces", '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":5}]}]}]}', JSON_TYPE],
    ["tempo_json", 400, "/v1/traces", '{"batches":[]}', JSON_TYPE],
    ["json_snake_case", 400, "/v1/traces", '{"resource_spans":[]}', JSON_TYPE],
    ["utf8_invalid", 400, "/v1/traces", Uint8Array.from([0xff, 0xfe, 0x7b]), JSON_TYPE],
    ["truncated", 400, "/v1/traces", protoBody(8).subarray(0, 30), PROTO_TYPE],
    ["gzip_corrupt", 400, "/v1/traces", json, gzip],
    ["gzip_corrupt", 400, "/v1/traces", gzipped(json).subarray(0, 40), gzip],
    ["encoding_unsupported", 415, "/v1/traces", json, { ...JSON_TYPE, "content-encoding": "zstd" }],
    ["content_type_unsupported", 415, "/v1/traces", json, { "content-type": "text/plain" }],
    ["not_built", 404, "/v1/metrics", json, JSON_TYPE],
    ["not_built", 404, "/v1/logs", protoBody(9), PROTO_TYPE],
    ["not_found", 404, "/v1/trace", json, JSON_TYPE],
    ["body_too_large", 413, "/v1/traces", gzipped(new Uint8Array(21 * MIB)), gzip],
    ["body_too_large", 413, "/v1/traces", new Uint8Array(20 * MIB + 1), JSON_TYPE],
  ];
  test.each(otlpCases)("OTLP %s %i %s", async (code, status, path, body, headers) => {
    const reply = await post(`${rig.otlp}${path}`, body, headers);
    expect(reply.status).toBe(status);
    expect(reply.text.split(`${code}: `)).toHaveLength(2);
    expect(reply.headers.get("content-type")).toBe(
      headers === PROTO_TYPE ? "application/x-protobuf" : "application/json",
    );
    expect(await rig.failures("otlpHttp")).toEqual({ [code]: 1 });
    expect(rig.source("otlpHttp").lastError).toMatchObject({ code, message: expect.not.stringContaining(`${code}:`) });
    expect(rig.intake.bytesInFlight()).toBe(0);
    await expectStillUp();
  });

  const zipkinCases: Case[] = [
    ["json_syntax", 400, "/api/v2/spans", "[{]", JSON_TYPE],
    ["json_shape", 400, "/api/v2/spans", '{"id":"1"}', JSON_TYPE],
    ["zipkin_v1", 400, "/api/v2/spans", '[{"binaryAnnotations":[]}]', JSON_TYPE],
    ["zipkin_v1", 404, "/api/v1/spans", "[]", JSON_TYPE],
    ["truncated", 400, "/api/v2/spans", Uint8Array.of(0x0a, 0x05), PROTO_TYPE],
    ["content_type_unsupported", 415, "/api/v2/spans", "[]", { "content-type": "application/x-thrift" }],
    ["gzip_corrupt", 400, "/api/v2/spans", "[]", gzip],
    ["body_too_large", 413, "/api/v2/spans", gzipped(Buffer.alloc(64 * MIB, " ")), gzip],
  ];
  test.each(zipkinCases)("Zipkin %s %i %s", async (code, status, path, body, headers) => {
    const reply = await post(`${rig.zipkin}${path}`, body, headers);
    const answer = JSON.parse(reply.text);
    expect([reply.status, answer.code]).toEqual([status, code]);
    expect(answer.message).not.toContain(`${code}:`);
    expect(await rig.failures("zipkin")).toEqual({ [code]: 1 });
    expect(rig.intake.bytesInFlight()).toBe(0);
    await expectStillUp();
  });

  test("a method other than POST is 405", async () => {
    expect((await fetch(`${rig.otlp}/v1/traces`)).status).toBe(405);
    expect((await fetch(`${rig.zipkin}/api/v2/spans`, { method: "PUT", body: "[]" })).status).toBe(405);
  });

  test("a body without a length is 411", async () => {
    const socket = connect(rig.receivers.ports.otlpHttp, "127.0.0.1");
    socket.write("POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\r\n");
    const [answer] = await once(socket, "data");
    expect(String(answer)).toContain("411 Length Required");
    socket.destroy();
  });

  test("what is not HTTP is answered 400 and counted", async () => {
    const socket = connect(rig.receivers.ports.zipkin, "127.0.0.1");
    socket.write("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n");
    const [answer] = await once(socket, "data");
    expect(String(answer)).toContain("400 Bad Request");
    expect(await rig.failures("zipkin")).toEqual({ http_malformed: 1 });
    await expectStillUp();
  });
});

describe("when the intake cannot take more", () => {
  test("full is 503 with Retry-After, before anything is kept", async () => {
    await rig.receivers.stop();
    rig = await startRig({ store, maxBytesInFlight: 1000 });
    const reply = await post(`${rig.otlp}/v1/traces`, `{"pad":"${"x".repeat(2000)}"}`, JSON_TYPE);
    expect([reply.status, reply.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(JSON.parse(reply.text)).toMatchObject({ code: 14 });
    expect(await rig.failures("otlpHttp")).toEqual({ intake_full: 1 });
    expect(rig.intake.bytesInFlight()).toBe(0);
    await expectStillUp();
  });

  test("bytes stay in flight until the store has them", async () => {
    await rig.receivers.stop();
    rig = await startRig({ store, maxBytesInFlight: 1000 });
    let open = (): void => {};
    store.gate = new Promise((resolve) => {
      open = resolve;
    });
    const first = post(`${rig.otlp}/v1/traces`, otlpJsonSpan(10).body, JSON_TYPE);
    await expect.poll(() => rig.intake.bytesInFlight()).toBeGreaterThan(0);
    const size = otlpJsonSpan(10).body.length;
    const pad = " ".repeat(1001 - size);
    expect((await post(`${rig.otlp}/v1/traces`, `{}${pad}`, JSON_TYPE)).status).toBe(503);
    open();
    expect((await first).status).toBe(200);
    expect(rig.intake.bytesInFlight()).toBe(0);
  });

  test("a store that fails is 503, not an accepted loss", async () => {
    store.broken = new Error("disk full");
    expect((await post(`${rig.otlp}/v1/traces`, otlpJsonSpan(11).body, JSON_TYPE)).status).toBe(503);
    expect(await rig.failures("otlpHttp")).toEqual({ store_failed: 1 });
    store.broken = undefined;
    await expectStillUp();
  });
});

test("a store that lets traces go is a note on the source, which goes when that has stopped", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"] });
  try {
    await rig.receivers.stop();
    rig = await startRig({ store });
    await post(`${rig.otlp}/v1/traces`, otlpJsonSpan(20).body, JSON_TYPE);
    expect(rig.source("otlpHttp").notes).toEqual([]);
    store.evicted = 7;
    await post(`${rig.otlp}/v1/traces`, otlpJsonSpan(21).body, JSON_TYPE);
    const note = { code: "store_full", message: "the store is full: older traces are let go: 7 spans so far" };
    expect(rig.source("otlpHttp").notes).toEqual([note]);
    vi.advanceTimersByTime(5_000);
    expect(rig.source("zipkin").notes).toEqual([note]);
    vi.advanceTimersByTime(60_000);
    expect([rig.source("otlpHttp").notes, rig.source("zipkin").notes]).toEqual([[], []]);
  } finally {
    vi.useRealTimers();
  }
});

test("a text that was cut is counted on the source, with a note, and is no error", async () => {
  const span = { ...JSON.parse(zipkinSpan(22).body)[0], tags: { long: "y".repeat(70_000) } };
  expect((await post(`${rig.zipkin}/api/v2/spans`, JSON.stringify([span]), JSON_TYPE)).status).toBe(202);
  expect(rig.source("zipkin")).toMatchObject({
    items: { count: 1 },
    drops: { attribute_cut: 1 },
    lastError: null,
    notes: [{ code: "attribute_cut" }],
  });
  expect(String(store.spans[0]?.attributes.get("long"))).toMatch(/^y{65535}…$/);
});

test("a client that trickles is cut off with 408 and counted", async () => {
  await rig.receivers.stop();
  rig = await startRig({ store, requestTimeoutMs: 300 });
  const socket = connect(rig.receivers.ports.otlpHttp, "127.0.0.1");
  socket.write(
    "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{",
  );
  let answer = "";
  socket.on("data", (chunk) => {
    answer += String(chunk);
  });
  await once(socket, "close");
  expect(answer).toContain("408 Request Timeout");
  expect(await rig.failures("otlpHttp")).toEqual({ client_too_slow: 1 });
  await expect.poll(() => rig.intake.bytesInFlight()).toBe(0);
  await expectStillUp();
});

test("a connection that was opened and never spoke on is let go, and is nobody's failure", async () => {
  await rig.receivers.stop();
  rig = await startRig({ store, requestTimeoutMs: 300 });
  const socket = connect(rig.receivers.ports.otlpHttp, "127.0.0.1");
  let answer = "";
  socket.on("data", (chunk) => {
    answer += String(chunk);
  });
  await once(socket, "close");
  expect([answer, await rig.failures("otlpHttp"), rig.source("otlpHttp").lastError]).toEqual(["", {}, null]);
});

test("a client that goes away inside its body leaves nothing behind", async () => {
  const socket = connect(rig.receivers.ports.otlpHttp, "127.0.0.1");
  socket.write(
    "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{   ",
  );
  await expect.poll(() => rig.intake.bytesInFlight()).toBe(4);
  socket.destroy();
  await expect.poll(() => rig.intake.bytesInFlight()).toBe(0);
  expect(await rig.failures("otlpHttp")).toEqual({ body_cut_short: 1 });
  await expectStillUp();
});

test("`Expect: 100-continue` is refused before the body where the head is wrong", async () => {
  const socket = connect(rig.receivers.ports.otlpHttp, "127.0.0.1");
  socket.write("POST /v1/metrics HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n");
  const [answer] = await once(socket, "data");
  expect(String(answer)).toMatch(/^HTTP\/1.1 404/);
  socket.destroy();
});

test("a port in use fails the start with the port and its setting, and leaves nothing open", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const failed = startRig({ store, ports: { otlpHttp: 0, zipkin: port } });
  await expect(failed).rejects.toBeInstanceOf(ReceiverStartError);
  await expect(failed).rejects.toMatchObject({ code: "port_in_use", setting: "listen.zipkin" });
  await expect(failed).rejects.toThrow(String(port));
  other.close();
});

test("stop lets the request in flight finish and takes no more", async () => {
  let open = (): void => {};
  store.gate = new Promise((resolve) => {
    open = resolve;
  });
  const pending = post(`${rig.otlp}/v1/traces`, otlpJsonSpan(12).body, JSON_TYPE);
  await expect.poll(() => rig.intake.bytesInFlight()).toBeGreaterThan(0);
  const stopped = rig.receivers.stop();
  await expect(post(`${rig.zipkin}/api/v2/spans`, "[]", JSON_TYPE)).rejects.toThrow();
  open();
  const began = Date.now();
  expect((await pending).status).toBe(200);
  await stopped;
  expect(Date.now() - began).toBeLessThan(4_000);
  expect(store.spans).toHaveLength(1);
});
