/**
 * A client that remembers what was acknowledged. In: a receiver's URL. Out: traces by id with how many spans each has, and
 * which of them a collector does not answer exactly so. What was refused or had no answer is not remembered: it may be
 * stored or not.
 */
import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { z } from "zod";
import { traceSchema } from "../../lib/query/schema/traces.ts";
import { hexId, zipkinBody } from "../support/payloads.ts";

export interface Posted {
  /** 0: no answer. */
  readonly status: number;
  readonly code: string;
  readonly retryAfter: string | undefined;
}

const errorSchema = z.object({ code: z.string() });

function codeOf(text: string): string {
  try {
    return errorSchema.parse(JSON.parse(text)).code;
  } catch {
    return "";
  }
}

/** One request on a connection of its own; never rejects. */
export function post(url: string, body: string): Promise<Posted> {
  return new Promise((resolve) => {
    const none = (): void => resolve({ status: 0, code: "", retryAfter: undefined });
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const sent = request(url, { method: "POST", headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      answer.on("end", () =>
        resolve({ status: answer.statusCode ?? 0, code: codeOf(text), retryAfter: answer.headers["retry-after"] }),
      );
      answer.on("error", none);
    });
    sent.on("error", none);
    sent.end(body);
  });
}

export class Acknowledged {
  readonly traces = new Map<string, number>();
  private readonly run = randomBytes(6).toString("hex");
  private next = 0;
  /** Of the clock that the clients' machines go by, ms. */
  clockOffsetMs = 0;

  /** A new trace of `spans` spans; `pad` bytes of text that does not compress go into each. */
  async send(zipkin: string, spans = 5, pad = 0): Promise<Posted> {
    const label = `${this.run}/${this.next++}`;
    const plain = zipkinBody(spans, label, Date.now() + this.clockOffsetMs);
    const body = pad === 0 ? plain : padded(plain, pad);
    const posted = await post(`${zipkin}/api/v2/spans`, body);
    if (posted.status === 202) this.traces.set(hexId(label, 32), spans);
    return posted;
  }

  /** What is not answered with each of its spans once, and how it is. */
  async missing(api: string): Promise<string[]> {
    const wrong: string[] = [];
    const left = [...this.traces];
    const check = async (): Promise<void> => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        const [id, spans] = next;
        const found = await spansOf(api, id);
        const unique = new Set(found).size;
        if (found.length !== spans || unique !== spans)
          wrong.push(`${id}: ${found.length} of ${spans}, ${unique} unique`);
      }
    };
    await Promise.all([check(), check(), check(), check()]);
    return wrong;
  }
}

/** Text of another kind in every span, half of whose bits are random. */
function padded(body: string, bytes: number): string {
  return body.replaceAll('"http.method":"GET"', () => `"padding":"${randomBytes(bytes >> 1).toString("hex")}"`);
}

async function spansOf(api: string, traceId: string): Promise<readonly string[]> {
  const answer = await fetch(`${api}/api/v1/traces/${traceId}?summary=1`);
  if (answer.status === 404) return [];
  if (!answer.ok) throw new Error(`trace ${traceId} answered ${answer.status}: ${await answer.text()}`);
  return traceSchema.parse(await answer.json()).spans.map(({ spanId }) => spanId);
}
