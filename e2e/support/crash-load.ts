/**
 * Calls sent to a collector that dies now and then. In: a data folder. Out: what was acknowledged, and the counts that must
 * follow: each call is one client's and one server's span, in bodies apart from each other, so that a crash between them
 * meets a pairing that holds half a call. A body without an answer is sent again, byte for byte, as an exporter does.
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { eventually } from "./collector-process.ts";
import { MortalCollector } from "./mortal-collector.ts";

const CALLS_PER_BODY = 5;
const readyzSchema = z.object({ status: z.string(), waitingFor: z.array(z.string()) });
const traceSchema = z.object({ spans: z.array(z.object({ spanId: z.string(), kind: z.string() })) });

interface Call {
  readonly traceId: string;
  readonly clientId: string;
  readonly serverId: string;
}

function callOf(): Call {
  return {
    traceId: randomBytes(16).toString("hex"),
    clientId: randomBytes(8).toString("hex"),
    serverId: randomBytes(8).toString("hex"),
  };
}

function spanOf(call: Call, side: "CLIENT" | "SERVER", padding: string) {
  const isClient = side === "CLIENT";
  return {
    traceId: call.traceId,
    id: isClient ? call.clientId : call.serverId,
    ...(isClient ? {} : { parentId: call.clientId }),
    kind: side,
    name: "get",
    timestamp: (Date.now() - 20) * 1_000,
    duration: 10_000,
    localEndpoint: { serviceName: isClient ? "web" : `cart-${call.traceId.charCodeAt(0) % 3}` },
    tags: {
      "http.status_code": "200",
      "http.url": "http://cart.example.com/checkout",
      user_agent: "crash-load",
      padding,
    },
  };
}

export class CrashLoad extends MortalCollector {
  readonly startedMs = Date.now();
  readonly acknowledged: Call[] = [];
  /** Bodies to be sent, first first. */
  private readonly waiting: { readonly body: string; readonly calls: readonly Call[]; readonly isLast: boolean }[] = [];

  /** Of each span besides its tags, so that few bodies fill a log. */
  private readonly padBytes: number;

  constructor(dataFolder: string, settings: Record<string, unknown> = {}, padBytes = 0) {
    super(() => ({ store: "duckdb", data: dataFolder, log: { checkpointEvery: "300ms" }, ...settings }));
    this.padBytes = padBytes;
  }

  /** So many more bodies, clients' and servers' apart. */
  add(pairs: number): void {
    for (let i = 0; i < pairs; i++) {
      const calls = Array.from({ length: CALLS_PER_BODY }, callOf);
      const padding = randomBytes(this.padBytes / 2).toString("hex");
      const bodyOf = (side: "CLIENT" | "SERVER") => JSON.stringify(calls.map((call) => spanOf(call, side, padding)));
      this.waiting.push({ body: bodyOf("CLIENT"), calls, isLast: false });
      this.waiting.push({ body: bodyOf("SERVER"), calls, isLast: true });
    }
  }

  /** Sends what waits, some at a time, until all is acknowledged or the collector is gone. */
  async send(atOnce = 3): Promise<void> {
    const one = async (): Promise<void> => {
      for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
        if (await this.post(next.body)) {
          if (next.isLast) this.acknowledged.push(...next.calls);
          continue;
        }
        this.waiting.unshift(next);
        return;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, one));
  }

  get isDone(): boolean {
    return this.waiting.length === 0;
  }

  private async post(body: string): Promise<boolean> {
    try {
      const answer = await fetch(`${this.process.zipkin}/api/v2/spans`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      await answer.arrayBuffer();
      return answer.status === 202;
    } catch {
      return false;
    }
  }

  /** Resolves once what was acknowledged before the start is stored. */
  async untilReady(): Promise<void> {
    await eventually(async () => {
      const { status, waitingFor } = await this.process.json("/readyz", readyzSchema);
      if (status !== "ready") throw new Error(`waiting for ${waitingFor.join()}`);
    }, 60_000);
  }

  /** Requests of all edges in the graph. */
  async requests(): Promise<number> {
    const window = `start=${this.startedMs - 60_000}&end=${Date.now() + 60_000}`;
    const graph = await this.process.json(`/api/v1/graph?view=service&detail=full&${window}`, fullGraphSchema);
    return graph.edges.reduce((sum, { requests }) => sum + (requests ?? 0), 0);
  }

  /** Ids of spans of a call as its trace has them. */
  async spansOf({ traceId }: Call): Promise<string[]> {
    const answer = await fetch(`${this.process.api}/api/v1/traces/${traceId}`);
    if (answer.status !== 200) return [];
    return traceSchema.parse(await answer.json()).spans.map(({ spanId }) => spanId);
  }

  /** Throws what is not as it must be. */
  async check(): Promise<void> {
    await eventually(async () => {
      for (const call of this.acknowledged) {
        const spans = (await this.spansOf(call)).sort().join();
        const expected = [call.clientId, call.serverId].sort().join();
        if (spans !== expected) throw new Error(`trace ${call.traceId} has ${spans}, not ${expected}`);
      }
    }, 20_000);
    await eventually(async () => {
      const requests = await this.requests();
      if (requests !== this.acknowledged.length) {
        throw new Error(`${requests} requests for ${this.acknowledged.length} calls`);
      }
    }, 30_000);
  }
}

const fullGraphSchema = z.object({ edges: z.array(z.object({ requests: z.number().optional() })) });
