/**
 * One request to a receiver, from its head to its answer. In: what the protocol says about path, type and wording. Out:
 * an HTTP answer; every outcome is counted on the source's handle: spans taken, items left out, and whole refusals.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { SpanFormat } from "../../lib/model/span-format.ts";
import { describeLoss, type Reject } from "../../lib/wire/otlp/rejects.ts";
import { describeWireError, type WireError } from "../../lib/wire/otlp/wire-error.ts";
import type { Intake, IntakeRefusal, Taken } from "../pipeline/span-intake.ts";
import type { Clock } from "../telemetry/clock.ts";
import { failpoint } from "../telemetry/failpoint.ts";
import type { Log } from "../telemetry/log.ts";
import type { SourceTally } from "../telemetry/source-board.ts";
import { discard, encodingOf, giveBackBody, readBody } from "./body.ts";
import { type Refusal, refuseBody } from "./refusal.ts";
import { noteStore } from "./store-note.ts";

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

/** What a protocol decides from the head of a request: a format to read, or a refusal; and how it words its answers. */
export interface Protocol {
  route(request: IncomingMessage): SpanFormat | Refusal;
  taken(request: IncomingMessage, rejects: readonly Reject[]): Answer;
  refused(request: IncomingMessage, refusal: Refusal): Answer;
}

export interface Receiver {
  readonly protocol: Protocol;
  readonly intake: Intake;
  readonly source: SourceTally;
  readonly log: Log;
  readonly clock: Clock;
  readonly bodyLimitBytes: number;
}

const DRAIN_MS = 2_000;
/** How soon there may be room again. */
const RETRY_AFTER_SEC: Readonly<Record<IntakeRefusal["code"], number>> = { log_full: 10, log_failed: 5, log_busy: 1 };

export function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?", 1)[0] ?? "/";
}

/** The media type without parameters, lower case. */
export function mediaType(request: IncomingMessage): string {
  return (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

function send(response: ServerResponse, answer: Answer, headers: Readonly<Record<string, string>>): void {
  if (response.destroyed || response.headersSent) return;
  const type = answer.body.length === 0 && answer.type === "" ? {} : { "content-type": answer.type };
  response.writeHead(answer.status, { ...type, "content-length": answer.body.length, ...headers });
  response.end(answer.body);
}

/** Connections that were refused below HTTP: the request that ends with one has been counted. */
const cutOff = new WeakSet<object>();

export function markCutOff(socket: object): void {
  cutOff.add(socket);
}

/** Requests whose client waits for `100 Continue` and will not get it: no body is on its way. */
const bodyless = new WeakSet<IncomingMessage>();

export function markBodyless(request: IncomingMessage): void {
  bodyless.add(request);
}

async function refuse(receiver: Receiver, request: IncomingMessage, response: ServerResponse, refusal: Refusal) {
  if (cutOff.has(request.socket)) return;
  receiver.source.failed(refusal.code, refusal.message);
  receiver.log.warn("receiver_refused", {
    receiver: receiver.source.description.id,
    code: refusal.code,
    message: refusal.message,
    status: refusal.status,
  });
  if (!bodyless.has(request)) await discard(request, receiver.bodyLimitBytes, DRAIN_MS);
  send(response, receiver.protocol.refused(request, refusal), {
    ...(request.readableEnded ? {} : { connection: "close" }),
    ...(refusal.retryAfterSec === undefined ? {} : { "retry-after": String(refusal.retryAfterSec) }),
  });
}

function headFault(request: IncomingMessage): Refusal | undefined {
  const { "content-length": length, "transfer-encoding": transfer } = request.headers;
  if (length === undefined && transfer === undefined) {
    return { status: 411, code: "length_required", message: "the request has neither Content-Length nor chunks" };
  }
  if (encodingOf(request) !== undefined) return undefined;
  const name = request.headers["content-encoding"] ?? "";
  return { status: 415, code: "encoding_unsupported", message: `Content-Encoding '${name}': gzip or identity` };
}

/** Known from the head: no need to read on. Gzip is judged as it inflates. */
function tooLong(request: IncomingMessage, limit: number): Refusal | undefined {
  if (Number(request.headers["content-length"] ?? 0) <= limit) return undefined;
  return { status: 413, code: "body_too_large", message: `the body is over ${limit} bytes` };
}

/** `durationMs` is left out where nobody waited for an answer. */
export function countTaken(source: SourceTally, taken: Taken, durationMs?: number): void {
  const { spans, rejects, unplaced, later } = taken;
  source.succeeded(spans, durationMs);
  // They are stored: the sender is told nothing, and it is no error of the source.
  const leftOut = (some: Taken["unplaced"]): void => {
    for (const [code, lost] of some) source.dropped(code, lost);
  };
  leftOut(unplaced);
  void later?.then(leftOut);
  for (const reject of rejects) {
    const message = `${describeLoss(reject)}, first at ${reject.first}`;
    // The loss of a part is no error of the source: a count, and a note that says where.
    source.dropped(reject.code, reject.count, reject.of === "span" ? message : undefined);
    if (reject.of === "part") source.note(reject.code, `in the last body that had any: ${message}`);
  }
}

/** Envoy does not send again what was refused: what is refused for want of room is counted as lost. */
function refuseTaken(source: SourceTally, error: WireError | IntakeRefusal): Refusal {
  if (!("lostSpans" in error)) return { status: 400, code: error.code, message: describeWireError(error) };
  source.dropped(error.code, error.lostSpans);
  return { status: 503, code: error.code, message: error.message, retryAfterSec: RETRY_AFTER_SEC[error.code] };
}

/** Answers one request; never rejects. */
export async function exchange(receiver: Receiver, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { protocol, intake, source, clock, bodyLimitBytes } = receiver;
  const format = protocol.route(request);
  if (typeof format !== "string") return refuse(receiver, request, response, format);
  const fault = headFault(request) ?? tooLong(request, bodyLimitBytes);
  if (fault !== undefined) return refuse(receiver, request, response, fault);
  const began = clock.nowMs();
  const body = await readBody(request, encodingOf(request) ?? "identity", intake, bodyLimitBytes);
  if (!body.ok) return refuse(receiver, request, response, refuseBody(body.error));
  try {
    const taken = await intake.take(format, body.value.bytes);
    if (!taken.ok) return await refuse(receiver, request, response, refuseTaken(source, taken.error));
    noteStore(source, intake);
    countTaken(source, taken.value, clock.nowMs() - began);
    send(response, protocol.taken(request, taken.value.rejects), {});
    failpoint("after-answer");
  } catch (error) {
    receiver.log.error("receiver_failed", { receiver: source.description.id, error: String(error) });
    const refusal = { status: 503, code: "store_failed", message: "the spans could not be stored", retryAfterSec: 5 };
    return await refuse(receiver, request, response, refusal);
  } finally {
    giveBackBody(body.value);
    intake.release(body.value.reserved);
  }
}
