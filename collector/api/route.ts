/**
 * The shape of one API route: what it takes, what it answers, and how. The server validates `params` and `query` with
 * the same schemas that the OpenAPI document prints, so a handler only ever sees parsed values.
 */
import type { z } from "zod";
import type { Subject } from "../../lib/query/access.ts";
import type { ApiError } from "../../lib/query/schema/common.ts";
import type { SharedBody } from "./shared-body.ts";

export interface RouteRequest<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  /** Parsed JSON of a request that changes something. */
  readonly body: B;
  /** Who asks. What a route lets whom do in which place is the route's to say. */
  readonly subject: Subject;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

export type RouteAnswer =
  | { readonly kind: "json"; readonly status?: number; readonly body: unknown }
  /** Bytes serialised once and shared by many requests, compressed when the first asks for it. */
  | { readonly kind: "shared"; readonly body: SharedBody }
  /** Server-sent events; the handler writes frames until `signal` aborts. */
  | { readonly kind: "events"; readonly start: (sink: EventSink) => void }
  /** A JSON document written in pieces. */
  | {
      readonly kind: "stream";
      readonly chunks: AsyncIterable<string>;
      /** Something else than JSON, to be kept as a file. */
      readonly file?: { readonly type: string; readonly name: string };
    }
  | { readonly kind: "error"; readonly status: number; readonly error: ApiError };

export interface EventSink {
  /** Writes one frame, as text or as the bytes of it; nothing once the stream is closed. */
  send(frame: string | Uint8Array): void;
  /** Written and not yet taken by the reader. */
  readonly waitingBytes: number;
  /** Ends the stream after what waits has been sent. */
  close(): void;
  /** Frees the connection now; what waits is lost. */
  drop(): void;
  readonly signal: AbortSignal;
}

export interface Route<P = unknown, Q = unknown, B = unknown> {
  readonly method: "GET" | "POST";
  /** Below `/api/v1`, with `:name` for parameters. */
  readonly path: string;
  readonly summary: string;
  /** Answers with `events`: such a route has no HEAD, which would join a reader that reads nothing. */
  readonly events?: true;
  /** What it carries is its own authority: nobody has to say who asks. */
  readonly open?: true;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  /** Schema of the 200 answer, for OpenAPI and for contract tests. */
  readonly answer: z.ZodType;
  handle(request: RouteRequest<P, Q, B>): Promise<RouteAnswer> | RouteAnswer;
}

/** A route without a schema reads nothing of what it would parse. */
function parsed<T>(schema: z.ZodType<T> | undefined, value: unknown): T {
  // biome-ignore lint/plugin: parsed by the route's own schema on this line
  return schema?.parse(value) as T;
}

/** Keeps a route's parameter types while the server's table holds them all alike. */
export function route<P, Q, B = unknown>(definition: Route<P, Q, B>): Route {
  const { params, query, body, handle, ...rest } = definition;
  return {
    ...rest,
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { query }),
    ...(body === undefined ? {} : { body }),
    handle: (request) =>
      handle({
        ...request,
        params: parsed(params, request.params),
        query: parsed(query, request.query),
        body: parsed(body, request.body),
      }),
  };
}

export function json(body: unknown): RouteAnswer {
  return { kind: "json", body };
}

export function failure(status: number, code: string, message: string, field?: string): RouteAnswer {
  return { kind: "error", status, error: { code, message, ...(field === undefined ? {} : { field }) } };
}
