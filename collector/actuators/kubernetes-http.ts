/**
 * One HTTP request to an API server. In: a connection, method, path, body, a deadline; out: status and text, or that no
 * answer came, and whether the request may have arrived all the same: it may once the connection stood. Also a stream of
 * lines, for watches. Redirects are not followed.
 */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { type Limit, withDeadline } from "./deadline.ts";
import type { NoAnswer } from "./http-json.ts";
import type { Connection } from "./kubernetes-connection.ts";

export interface KubernetesCall {
  readonly method: "GET" | "PATCH" | "POST";
  /** With its query. */
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
  readonly timeoutMs: number;
  /** Ends the call before its deadline. */
  readonly signal?: AbortSignal;
}

export interface ServerAnswer {
  readonly status: number;
  readonly text: string;
}

const LONGEST_BODY = 64 * 1024 ** 2;
const LONGEST_LINE = 8 * 1024 ** 2;

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && typeof error.code === "string" ? `${error.code} ${error.message}` : error.message;
};

/** Whether the connection stood: with TLS, whether its handshake was done. */
function watchSending(sent: ClientRequest, isTls: boolean): { readonly stood: () => boolean } {
  let stood = false;
  sent.once("socket", (socket) => {
    if (sent.reusedSocket || !socket.connecting) stood = true;
    else socket.once(isTls ? "secureConnect" : "connect", () => (stood = true));
  });
  return { stood: () => stood };
}

async function start(connection: Connection, call: KubernetesCall, signal: AbortSignal): Promise<ClientRequest> {
  const { server } = connection;
  const options = await connection.options(call.method === "GET");
  const base = server.pathname.replace(/\/+$/, "");
  const isTls = server.protocol === "https:";
  return (isTls ? httpsRequest : httpRequest)(new URL(`${base}${call.path}`, server), {
    ...options,
    method: call.method,
    signal,
    headers: {
      ...options.headers,
      accept: "application/json",
      "user-agent": "meshscope",
      ...(call.contentType === undefined ? {} : { "content-type": call.contentType }),
      ...(call.body === undefined ? {} : { "content-length": Buffer.byteLength(call.body) }),
    },
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer) {
    length += chunk.length;
    if (length > LONGEST_BODY) throw new Error(`the answer is longer than ${LONGEST_BODY} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Sends once. */
function attempt(connection: Connection, call: KubernetesCall): Promise<ServerAnswer | NoAnswer> {
  return withDeadline(call.timeoutMs, call.signal, (limit) => send(connection, call, limit));
}

async function send(
  connection: Connection,
  call: KubernetesCall,
  { signal, isLate }: Limit,
): Promise<ServerAnswer | NoAnswer> {
  let sent: ClientRequest;
  try {
    sent = await start(connection, call, signal);
  } catch (error) {
    return { maySucceed: false, message: `no credentials: ${reasonOf(error)}` };
  }
  const { stood } = watchSending(sent, connection.server.protocol === "https:");
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      sent.once("response", resolve);
      sent.once("error", reject);
      sent.end(call.body);
    });
    return { status: answer.statusCode ?? 0, text: await textOf(answer) };
  } catch (error) {
    const message = isLate() ? `no answer within ${call.timeoutMs} ms` : reasonOf(error);
    return { maySucceed: call.method !== "GET" && stood(), message };
  } finally {
    sent.on("error", () => {});
  }
}

/** A read is sent again once, since a connection that was kept may have been closed by the other side meanwhile. */
export async function callKubernetes(connection: Connection, call: KubernetesCall): Promise<ServerAnswer | NoAnswer> {
  const first = await attempt(connection, call);
  if (call.method !== "GET" || "status" in first || !/^(?:ECONNRESET|EPIPE) /.test(first.message)) return first;
  return attempt(connection, call);
}

/** Lines of an answer as they come, until it ends or `signal` aborts. Out: its status; not 200: its text as one line. */
export async function streamKubernetes(
  connection: Connection,
  path: string,
  signal: AbortSignal,
  onLine: (line: string) => void,
): Promise<ServerAnswer> {
  const sent = await start(connection, { method: "GET", path, timeoutMs: 0 }, signal);
  sent.on("error", () => {});
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once("response", resolve);
    sent.once("error", reject);
    sent.end();
  });
  const status = answer.statusCode ?? 0;
  if (status !== 200) return { status, text: await textOf(answer) };
  let rest = "";
  answer.setEncoding("utf8");
  for await (const chunk of answer) {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST_LINE) throw new Error("an event without end");
    for (const line of lines) if (line !== "") onLine(line);
  }
  return { status, text: "" };
}
