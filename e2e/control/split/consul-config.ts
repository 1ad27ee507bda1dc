/**
 * The Consul whose stored weights the test carries to the Envoys, or holds back: it tells no proxy by itself. A real one, or
 * the part of its API that holds a service-splitter: config entries with compare-and-set, and who is healthy.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { z } from "zod";
import { makeService, putEntry, splitsOf } from "../consul/bench.ts";
import { findConsul } from "../consul/binary.ts";
import { type ConsulServer, startConsul } from "../consul/server.ts";

const splitterSchema = z.looseObject({
  Splits: z.array(z.looseObject({ Weight: z.number(), ServiceSubset: z.string() })),
});

export interface ConsulConfig {
  /** What the collector needs to know of it. */
  readonly control: { readonly url: string; readonly tokenFile?: string };
  /** Share of v2 as it is stored, of 10,000. */
  storedBp(): Promise<number>;
  stop(): Promise<void>;
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

function shareBp({ Splits }: z.infer<typeof splitterSchema>): number {
  return Math.round((Splits.find((one) => one.ServiceSubset === "v2")?.Weight ?? 0) * 100);
}

/** A real Consul with `web` and its two versions, all of the traffic at v1. */
async function realConsul(server: ConsulServer): Promise<ConsulConfig> {
  await makeService(server, "web");
  const Splits = splitsOf(0);
  await putEntry(server, { Kind: "service-splitter", Name: "web", Splits });
  return {
    control: { url: server.url, tokenFile: server.rootTokenFile },
    storedBp: async () => {
      const { text } = await server.call("GET", "/v1/config/service-splitter/web?consistent");
      return shareBp(splitterSchema.parse(JSON.parse(text)));
    },
    stop: () => server.stop(),
  };
}

/** A real one where it can be had, else one that only keeps the entry. */
export async function startConsulConfig(): Promise<ConsulConfig> {
  const binary = await findConsul();
  return "skip" in binary ? keptConfig() : realConsul(await startConsul(binary));
}

const SUBSETS = { v1: { Filter: "Service.Meta.version == v1" }, v2: { Filter: "Service.Meta.version == v2" } };

async function keptConfig(): Promise<ConsulConfig> {
  let index = 10;
  let splitter: z.infer<typeof splitterSchema> & Record<string, unknown> = {
    Kind: "service-splitter",
    Name: "web",
    Splits: [
      { Weight: 100, ServiceSubset: "v1" },
      { Weight: 0, ServiceSubset: "v2" },
    ],
  };
  const entry = () => ({ ...splitter, CreateIndex: 1, ModifyIndex: index });
  async function put(message: IncomingMessage, cas: string | null): Promise<unknown> {
    const next = splitterSchema.parse(JSON.parse(await bodyOf(message)));
    if (cas !== null && cas !== String(index)) return false;
    splitter = next;
    index++;
    return true;
  }
  async function answer(message: IncomingMessage): Promise<unknown> {
    const url = new URL(message.url ?? "/", "http://consul");
    if (message.method === "PUT") return put(message, url.searchParams.get("cas"));
    switch (url.pathname) {
      case "/v1/config/service-splitter":
        return [entry()];
      case "/v1/config/service-splitter/web":
        return entry();
      case "/v1/config/service-resolver/web":
        return { Kind: "service-resolver", Name: "web", Subsets: SUBSETS };
      case "/v1/health/service/web":
      case "/v1/health/connect/web": {
        const version = /version == "?(v\d)/.exec(url.searchParams.get("filter") ?? "")?.[1] ?? "v1";
        return [{ Service: { ID: `web-${version}`, Service: "web", Meta: { version } }, Checks: [] }];
      }
      default:
        return undefined;
    }
  }
  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const found = await answer(message);
    response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(found === undefined ? `Config entry not found for ${message.url}` : JSON.stringify(found));
  }
  const server = createServer((message, response) => void serve(message, response));
  const port = await new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    }),
  );
  return {
    control: { url: `http://127.0.0.1:${port}` },
    storedBp: async () => shareBp(splitter),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
