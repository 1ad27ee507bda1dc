/**
 * Asks one URL for its metrics. In: URL, deadline, limit in bytes. Out: the whole body, inflated, or a coded failure that
 * names what and where. The deadline holds for everything up to the last byte, so that a target which trickles is as late
 * as one which hangs. Redirects are not followed: a scrape target is where the configuration says.
 * Not handled: client certificates; encodings other than gzip, which are not asked for.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { gunzip } from "node:zlib";
import { err, ok, type Result } from "../../lib/base/result.ts";
import { failureOf, type ScrapeFailure } from "./failure.ts";
import { type Inflated, Inflater } from "./inflater.ts";

export interface FetchOptions {
  readonly url: string;
  readonly timeoutMs: number;
  /** Of the body as sent, and again after inflating. */
  readonly bodyLimitBytes: number;
  readonly agents: Agents;
  /** Aborting ends the request at once with the code `stopped`. */
  readonly signal: AbortSignal;
}

/** What the exchanges of all endpoints share. */
export interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
  readonly inflater: Inflater;
}

/** A whole body, inflated; lent until `release`. */
export type FetchedBody = Inflated;

export function openAgents(): Agents {
  const options = { keepAlive: true, maxFreeSockets: 4096 };
  return { http: new HttpAgent(options), https: new HttpsAgent(options), inflater: new Inflater() };
}

export function closeAgents(agents: Agents): void {
  agents.http.destroy();
  agents.https.destroy();
  agents.inflater.close();
}

type Answer = Result<FetchedBody, ScrapeFailure>;

/** zlib's default of 16 KiB costs 1.4 times as much on bodies of this size. */
const INFLATE_CHUNK = 1024 * 1024;
interface Received {
  readonly bytes: Buffer;
  readonly encoding: string;
  /** The transport vouches for the end of the body: a length that was met, or the last chunk. */
  readonly framed: boolean;
}

class Exchange {
  private readonly options: FetchOptions;
  private settle: (answer: Result<Received, ScrapeFailure>) => void = () => {};
  private request: ReturnType<typeof httpRequest> | undefined;
  private response: IncomingMessage | undefined;
  private readonly chunks: Buffer[] = [];
  private size = 0;
  private done = false;

  constructor(options: FetchOptions) {
    this.options = options;
  }

  run(): Promise<Result<Received, ScrapeFailure>> {
    const { timeoutMs, signal } = this.options;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.fail(this.late()), timeoutMs);
      const onAbort = () => this.fail({ code: "stopped", message: "the collector stops" });
      signal.addEventListener("abort", onAbort);
      this.settle = (answer) => {
        this.done = true;
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        resolve(answer);
      };
      if (signal.aborted) onAbort();
      else this.send(true);
    });
  }

  private late(): ScrapeFailure {
    const { timeoutMs } = this.options;
    const state = this.response === undefined ? "no answer" : `${this.size} bytes of an unfinished body`;
    return { code: "timeout", message: `${state} after ${timeoutMs} ms` };
  }

  private fail(failure: ScrapeFailure): void {
    if (this.done) return;
    this.settle(err(failure));
    this.request?.destroy();
  }

  private send(mayRetry: boolean): void {
    const { url, agents } = this.options;
    const secure = url.startsWith("https:");
    // Text is asked for by name: Envoy answers in protobuf to those who say that they read it.
    const headers = {
      accept: "text/plain;version=0.0.4,*/*;q=0.1",
      "accept-encoding": "gzip",
      "user-agent": "meshscope",
    };
    const options: RequestOptions = { agent: secure ? agents.https : agents.http, headers };
    const request = (secure ? httpsRequest : httpRequest)(url, options, (response) => this.receive(response));
    this.request = request;
    request.on("error", (error: NodeJS.ErrnoException) => {
      if (this.done) return;
      // A kept connection that the target closed while the request was on its way says nothing about the target.
      const stale = mayRetry && request.reusedSocket && error.code === "ECONNRESET" && this.response === undefined;
      if (stale) this.send(false);
      else this.fail(failureOf(error));
    });
    request.end();
  }

  private receive(response: IncomingMessage): void {
    this.response = response;
    const { bodyLimitBytes } = this.options;
    const status = response.statusCode ?? 0;
    const { location } = response.headers;
    const tooLarge = { code: "body_too_large", message: `more than ${bodyLimitBytes} bytes` } as const;
    if (status !== 200) {
      const to = location === undefined ? "" : ` to ${location}, not followed`;
      this.fail({
        code: `http_${status}`,
        message: `answered ${status} ${response.statusMessage ?? ""}`.trimEnd() + to,
      });
      return;
    }
    const length = Number(response.headers["content-length"] ?? Number.NaN);
    if (length > bodyLimitBytes) {
      this.fail({ ...tooLarge, message: `${length} bytes, more than ${bodyLimitBytes}` });
      return;
    }
    response.on("data", (chunk: Buffer) => {
      this.size += chunk.length;
      if (this.size > bodyLimitBytes) this.fail(tooLarge);
      else this.chunks.push(chunk);
    });
    response.on("error", () => this.fail(this.cut()));
    response.on("close", () => this.finish(response));
  }

  private cut(): ScrapeFailure {
    return { code: "truncated_body", message: `the connection ended after ${this.size} bytes of the body` };
  }

  private finish(response: IncomingMessage): void {
    if (this.done) return;
    if (!response.complete) {
      this.fail(this.cut());
      return;
    }
    const { headers } = response;
    const framed = headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
    const encoding = (headers["content-encoding"] ?? "identity").trim().toLowerCase();
    this.settle(ok({ bytes: Buffer.concat(this.chunks), encoding, framed }));
  }
}

function codeOf(error: NodeJS.ErrnoException): string {
  return error.code ?? "";
}

const owned = (bytes: Uint8Array): FetchedBody => ({ bytes, release: () => {} });

function inflate(bytes: Buffer, limit: number): Promise<Answer> {
  return new Promise((resolve) => {
    gunzip(bytes, { maxOutputLength: limit, chunkSize: INFLATE_CHUNK }, (error, body) => {
      if (error === null) resolve(ok(owned(body)));
      else if (codeOf(error) === "ERR_BUFFER_TOO_LARGE") {
        resolve(err({ code: "body_too_large", message: `more than ${limit} bytes after inflating ${bytes.length}` }));
      } else resolve(err({ code: "bad_gzip", message: `gzip: ${error.message}, in ${bytes.length} bytes` }));
    });
  });
}

const NEWLINE = 10;
const EOF_TAIL = "# EOF";

/** A body that ends with its connection is only known to be whole where it ends as an exposition ends. */
function endsWhole({ bytes, framed }: Received): boolean {
  if (framed || bytes.length === 0 || bytes[bytes.length - 1] === NEWLINE) return true;
  return bytes.subarray(-EOF_TAIL.length).toString("latin1") === EOF_TAIL;
}

/** The inflated body of a 200 answer. Codes: see failure.ts. */
export async function fetchBody(options: FetchOptions): Promise<Answer> {
  const received = await new Exchange(options).run();
  if (!received.ok) return received;
  const { bytes, encoding } = received.value;
  // gzip carries its own length and checksum.
  if (encoding === "gzip" || encoding === "x-gzip") {
    const inflated = await options.agents.inflater.inflate(bytes, options.bodyLimitBytes);
    return inflated === undefined ? inflate(bytes, options.bodyLimitBytes) : ok(inflated);
  }
  if (encoding !== "identity" && encoding !== "") {
    return err({ code: "unsupported_encoding", message: `content-encoding "${encoding}" was not asked for` });
  }
  if (endsWhole(received.value)) return ok(owned(bytes));
  return err({
    code: "truncated_body",
    message: `the connection ended the body within a line, after ${bytes.length} bytes`,
  });
}
