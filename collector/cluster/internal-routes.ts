/**
 * What other members ask of this one, below `/internal/v1` of the API's port: they say who they are in a header, and prove
 * it by the shared secret where one is configured. A browser cannot send that header to another origin unasked.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Cluster } from "./cluster.ts";
import { MEMBER_HEADER } from "./peer-client.ts";
import type { Received } from "./side-exchange.ts";

const FRAME_LIMIT = 64 * 1024 * 1024;
const STATUS: Readonly<Record<Received, number>> = { taken: 200, malformed: 400, stranger: 403, full: 503 };

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

function nameIn(header: string | string[] | undefined): string {
  try {
    return decodeURIComponent(String(header ?? ""));
  } catch {
    return "";
  }
}

/** The member that asks; undefined: none that is known. */
export function memberOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  isOther: (name: string) => boolean,
  secret: string | undefined,
): string | undefined {
  const name = nameIn(headers[MEMBER_HEADER]);
  const proof = String(headers["authorization"] ?? "");
  const isProven = secret === undefined || timingSafeEqual(digest(proof), digest(`Bearer ${secret}`));
  return isProven && isOther(name) ? name : undefined;
}

function refuse(reply: FastifyReply): FastifyReply {
  return reply.status(403).send({ code: "not_a_member", message: "this is for the other members of the cluster" });
}

const bytesOf = ({ body }: FastifyRequest): Uint8Array => (body instanceof Uint8Array ? body : new Uint8Array());

/** What was counted of routes that another member watches; undefined for a question that cannot be read. */
export type AnswerCounters = (question: string) => string | undefined;

export function internalRoutes(
  cluster: Cluster,
  secret: string | undefined,
  counters: AnswerCounters = () => undefined,
): (app: FastifyInstance) => void {
  return (app) => mount(app, cluster, secret, counters);
}

function mount(app: FastifyInstance, cluster: Cluster, secret: string | undefined, counters: AnswerCounters): void {
  const from = ({ headers }: FastifyRequest): string | undefined =>
    memberOf(headers, (name) => cluster.members.isOther(name), secret);
  app.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (_request, body, done) => {
    done(null, body);
  });
  app.post("/internal/v1/hello", (request, reply) => {
    const member = from(request);
    return member === undefined ? refuse(reply) : reply.send(cluster.greeted(member, bytesOf(request)));
  });
  app.post("/internal/v1/sides", { bodyLimit: FRAME_LIMIT }, async (request, reply) => {
    const member = from(request);
    if (member === undefined) return refuse(reply);
    const received = await cluster.take(member, bytesOf(request));
    return reply.status(STATUS[received]).send({ received });
  });
  app.post("/internal/v1/route-counters", (request, reply) => {
    if (from(request) === undefined) return refuse(reply);
    const answer = counters(Buffer.from(bytesOf(request)).toString());
    if (answer === undefined) return reply.status(400).send({ code: "malformed", message: "no question of a member" });
    return reply.type("application/json").send(answer);
  });
  app.get("/internal/v1/live", (request, reply) => {
    const member = from(request);
    if (member === undefined) return refuse(reply);
    const fromMs = Number(new URL(request.url, "http://member").searchParams.get("from") ?? 0);
    return reply.type("application/json").send(cluster.part(Number.isFinite(fromMs) ? fromMs : 0));
  });
}
