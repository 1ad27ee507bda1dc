/**
 * Viewers that ask over HTTP, in a process of their own, each on a connection that it keeps; and the server that they are
 * held against, which writes the very same bytes and does nothing else. Times in ms.
 */
import { Agent, createServer, get } from "node:http";
import { z } from "zod";

export const askJobSchema = z.object({
  port: z.number(),
  paths: z.array(z.string()),
  /** All at once, or one after the other. */
  together: z.boolean(),
});
export type AskJob = z.infer<typeof askJobSchema>;

export const answersSchema = z.array(
  z.object({ firstMs: z.number(), lastMs: z.number(), bytes: z.number(), status: z.number() }),
);
type Answered = z.infer<typeof answersSchema>[number];

function askOne(agent: Agent, port: number, path: string): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const request = get({ agent, port, path, host: "127.0.0.1", headers: { host: "localhost" } }, (response) => {
      const firstMs = performance.now() - began;
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on("error", reject);
      response.on("end", () => {
        resolve({ firstMs, lastMs: performance.now() - began, bytes, status: response.statusCode ?? 0 });
      });
    });
    request.on("error", reject);
  });
}

export function asker() {
  const agents = new Map<string, Agent>();
  const agentOf = (key: string): Agent => {
    const known = agents.get(key) ?? new Agent({ keepAlive: true, maxSockets: 1 });
    agents.set(key, known);
    return known;
  };
  const run = async (message: unknown): Promise<Answered[]> => {
    const { port, paths, together } = askJobSchema.parse(message);
    const ask = (path: string, i: number) => askOne(agentOf(`${port}/${i}`), port, path);
    if (together) return Promise.all(paths.map(ask));
    const answered: Answered[] = [];
    for (const [i, path] of paths.entries()) answered.push(await ask(path, i));
    return answered;
  };
  return { port: 0, run };
}

const copySchema = z.object({ port: z.number(), paths: z.array(z.string()) });

function fetchAll(port: number, path: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    get({ port, path, host: "127.0.0.1", headers: { host: "localhost" } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(Buffer.concat(chunks)));
    }).on("error", reject);
  });
}

/** A server of buffers; a job makes it copy them from another. */
export async function servePlain() {
  const bodies = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const body = bodies.get(request.url ?? "") ?? Buffer.alloc(0);
    response.writeHead(200, { "content-type": "application/json; charset=utf-8", "content-length": body.length });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const run = async (message: unknown): Promise<object> => {
    const { port, paths } = copySchema.parse(message);
    for (const path of paths) bodies.set(path, await fetchAll(port, path));
    return {};
  };
  return { port: typeof address === "object" && address !== null ? address.port : 0, run };
}
