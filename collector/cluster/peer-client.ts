/**
 * Requests to other members' APIs, below `/internal/v1`. In: a member's URL, a path, a body; out: the answer's bytes, or
 * nothing when it did not answer well within 5 s. Each names its sender, and proves it by the secret where there is one.
 */
import { Agent, request as plain } from "node:http";
import { Agent as SecureAgent, request as secure } from "node:https";

export interface PeerClientOptions {
  readonly self: string;
  readonly secret: string | undefined;
}

export interface PeerAnswer {
  readonly status: number;
  readonly body: Buffer;
}

export const MEMBER_HEADER = "x-meshscope-member";
const TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

export class PeerClient {
  private readonly headers: Readonly<Record<string, string>>;
  private readonly agents = {
    "http:": new Agent({ keepAlive: true, maxSockets: 4 }),
    "https:": new SecureAgent({ keepAlive: true, maxSockets: 4 }),
  };

  constructor({ self, secret }: PeerClientOptions) {
    this.headers = {
      [MEMBER_HEADER]: encodeURIComponent(self),
      ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
    };
  }

  /** Undefined: no answer. */
  ask(base: string, path: string, body?: Uint8Array): Promise<PeerAnswer | undefined> {
    const url = new URL(`/internal/v1${path}`, base);
    const isSecure = url.protocol === "https:";
    return new Promise((resolve) => {
      const sent = (isSecure ? secure : plain)(url, {
        method: body === undefined ? "GET" : "POST",
        agent: this.agents[isSecure ? "https:" : "http:"],
        headers: {
          ...this.headers,
          ...(body === undefined
            ? {}
            : { "content-type": "application/octet-stream", "content-length": String(body.length) }),
        },
      });
      const fail = (): void => {
        sent.destroy();
        resolve(undefined);
      };
      const timer = setTimeout(fail, TIMEOUT_MS);
      sent.once("error", fail).once("close", () => clearTimeout(timer));
      sent.once("response", (answer) => {
        const parts: Buffer[] = [];
        let size = 0;
        answer.on("data", (part: Buffer) => {
          parts.push(part);
          size += part.length;
          if (size > MAX_ANSWER_BYTES) fail();
        });
        answer.once("error", fail);
        answer.once("end", () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts) }));
      });
      sent.end(body);
    });
  }

  close(): void {
    this.agents["http:"].destroy();
    this.agents["https:"].destroy();
  }
}
