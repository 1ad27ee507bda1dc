/**
 * Consul's configuration entries as far as a rollout needs them, over HTTP: one splitter and its resolver, puts with
 * compare-and-set. Counts every write that took effect, by the intent that it carries. For tests that kill the writer.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { z } from "zod";
import { type LocalServer, listenFree } from "./local-server.ts";

const entrySchema = z.looseObject({
  Kind: z.string(),
  Name: z.string(),
  Splits: z.array(z.looseObject({ Weight: z.number() })).optional(),
  Meta: z.record(z.string(), z.string()).optional(),
});
type Entry = z.infer<typeof entrySchema>;

export class FakeConsul {
  private index = 10;
  private readonly entries = new Map<string, Entry>();
  /** Intents of the writes that took effect, in order. */
  readonly writes: string[] = [];
  /** Once set, what comes with another token is refused as Consul refuses one that has expired. */
  token: string | null = null;
  private server: LocalServer | undefined;

  constructor() {
    const Splits = [
      { Weight: 100, ServiceSubset: "v1" },
      { Weight: 0, ServiceSubset: "v2" },
    ];
    this.keep({ Kind: "service-splitter", Name: "web", Splits });
    const Subsets = { v1: { Filter: "Service.Meta.version == v1" }, v2: { Filter: "Service.Meta.version == v2" } };
    this.keep({ Kind: "service-resolver", Name: "web", Subsets });
  }

  private keep(entry: Entry): void {
    this.entries.set(`${entry.Kind}/${entry.Name}`, { ...entry, CreateIndex: 1, ModifyIndex: ++this.index });
  }

  get url(): string {
    if (this.server === undefined) throw new Error("not open");
    return this.server.url;
  }

  /** Percent of the canary. */
  get canary(): number | undefined {
    return this.entries.get("service-splitter/web")?.Splits?.[1]?.Weight;
  }

  async open(): Promise<void> {
    this.server = await listenFree(createServer((request, response) => void this.answer(request, response)));
  }

  async close(): Promise<void> {
    await this.server?.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://consul");
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const reply = (status: number, body: string): void => {
      response.writeHead(status, { "content-type": "application/json", "x-consul-index": String(this.index) });
      response.end(body);
    };
    if (this.token !== null && request.headers["x-consul-token"] !== this.token) reply(403, "ACL not found");
    else if (request.method === "PUT" && pathname === "/v1/config") {
      const entry = entrySchema.parse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
      reply(200, String(this.put(entry, searchParams.get("cas"))));
    } else if (pathname.startsWith("/v1/health/")) {
      const version = /v\d/.exec(searchParams.get("filter") ?? "")?.[0] ?? "v1";
      const service = { ID: `web-${version}`, Service: "web", Address: "10.0.0.1", Port: 80, Meta: { version } };
      reply(200, JSON.stringify([{ Node: { Node: "n", Address: "10.0.0.1" }, Service: service, Checks: [] }]));
    } else if (pathname.startsWith("/v1/config/")) {
      const path = pathname.slice("/v1/config/".length);
      const entry = this.entries.get(path);
      if (!path.includes("/"))
        reply(200, JSON.stringify([...this.entries.values()].filter(({ Kind }) => Kind === path)));
      else if (entry === undefined) reply(404, `Config entry not found for "${path}"`);
      else reply(200, JSON.stringify(entry));
    } else reply(404, "");
  }

  private put(entry: Entry, cas: string | null): boolean {
    const now = this.entries.get(`${entry.Kind}/${entry.Name}`);
    if (cas !== null && cas !== String(now?.["ModifyIndex"] ?? 0)) return false;
    this.keep(entry);
    this.writes.push(entry.Meta?.["meshscope-intent"] ?? "nobody's");
    return true;
  }
}
