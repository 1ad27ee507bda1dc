/**
 * What may stand between a collector and ClickHouse: an HTTP proxy that a test opens, shuts, or lets answers get lost in.
 * `shut`: connections are refused as by a machine without a server. `hanging`: taken, and never answered. `loseAnswers(n)`:
 * the next n inserts arrive and are answered, and nobody hears of it.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Gate {
  readonly url: string;
  /** Of the inserts that came through, the table and token of each. */
  readonly inserts: readonly { readonly table: string; readonly token: string }[];
  set(state: "open" | "shut" | "hanging"): void;
  /** Where the server is now. */
  lead(port: number): void;
  loseAnswers(count: number, table: string): void;
  close(): Promise<void>;
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function insertOf(url: string): { readonly table: string; readonly token: string } | undefined {
  const parameters = new URL(url, "http://gate").searchParams;
  const table = /^INSERT INTO `[^`]*`\.`([^`]*)`/.exec(parameters.get("query") ?? "")?.[1];
  return table === undefined ? undefined : { table, token: parameters.get("insert_deduplication_token") ?? "" };
}

export async function openGate(toPort: number): Promise<Gate> {
  let state: "open" | "shut" | "hanging" = "open";
  let port = toPort;
  let losing = { count: 0, table: "" };
  const inserts: { table: string; token: string }[] = [];

  async function pass(from: IncomingMessage, to: ServerResponse): Promise<void> {
    const body = await bodyOf(from);
    const insert = insertOf(from.url ?? "");
    const { "transfer-encoding": _chunked, ...headers } = from.headers;
    const sent = request({
      host: "127.0.0.1",
      port,
      method: from.method,
      path: from.url,
      headers: { ...headers, "content-length": body.length },
    });
    sent.on("error", () => from.socket.destroy());
    sent.on("response", async (answer) => {
      const bytes = await bodyOf(answer).catch(() => undefined);
      if (insert !== undefined) inserts.push(insert);
      const isLost = insert !== undefined && losing.count > 0 && insert.table === losing.table;
      if (isLost) losing = { ...losing, count: losing.count - 1 };
      if (bytes === undefined || isLost) from.socket.destroy();
      else to.writeHead(answer.statusCode ?? 500, answer.headers).end(bytes);
    });
    sent.end(body);
  }

  const server = createServer((from, to) => {
    if (state === "shut") from.socket.destroy();
    else if (state === "open") pass(from, to).catch(() => from.socket.destroy());
  });
  server.keepAliveTimeout = 1;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("the gate has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    inserts,
    set(next) {
      state = next;
      server.closeAllConnections();
    },
    lead(next) {
      port = next;
    },
    loseAnswers(count, table) {
      losing = { count, table };
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
