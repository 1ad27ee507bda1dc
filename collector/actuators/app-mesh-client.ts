/**
 * AWS App Mesh through the AWS client: credentials by its own chain, signatures, endpoints, repeated reads. In: names and,
 * for a write, a whole spec; out: what the API answered as JSON, or a coded failure. The client's shapes drop members
 * that they do not name, and App Mesh overwrites the whole spec: bodies therefore go past them, untouched, both ways. The
 * client is loaded when it is first used. Routes alone are written.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { AppMeshClient } from "@aws-sdk/client-app-mesh";
import { err, ok, type Result } from "../../lib/base/result.ts";
import { at, type Json, type JsonObject, listOf, textOf } from "../../lib/control/traffic/document.ts";
import type { AppMeshControl } from "../config/config.ts";
import { type AwsFailure, awsFailure } from "./app-mesh-failures.ts";

export interface AppMeshOptions extends AppMeshControl {
  readonly timeoutMs?: number;
}

export interface RouteName {
  readonly meshName: string;
  readonly virtualRouterName: string;
  readonly routeName: string;
}

const TIMEOUT_MS = 10_000;
/** Of reads, by the client itself; a write is sent once. */
const READ_ATTEMPTS = 3;
/** Pages of a list: 100 entries each. A list that is longer is an error, not a shorter list. */
const MAX_PAGES = 1_000;

/** The body that is sent and the one that was answered, of one call. */
interface Exchange {
  readonly sends?: JsonObject;
  answered?: Json;
  text?: string;
}

const exchanges = new AsyncLocalStorage<Exchange>();

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

async function textOfBody(body: unknown): Promise<string> {
  if (typeof body === "string") return body;
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  return body instanceof Readable ? text(body) : "";
}

/** Times that are text, as emulators write them, stop the client's own reading: nobody reads them here. */
function withoutTextTimes(key: string, value: unknown): unknown {
  return (key === "createdAt" || key === "lastUpdatedAt") && typeof value === "string" ? undefined : value;
}

/** Takes the answer's body for the exchange, and leaves the client one that it can read. */
async function takeBody(response: unknown): Promise<void> {
  if (!isObject(response)) return;
  const given = await textOfBody(Reflect.get(response, "body"));
  let left = given;
  const exchange = exchanges.getStore();
  if (exchange !== undefined) exchange.text = given;
  try {
    if (exchange !== undefined) exchange.answered = JSON.parse(given);
    left = JSON.stringify(JSON.parse(given, withoutTextTimes));
  } catch {
    // Not JSON: the client says so.
  }
  Reflect.set(response, "body", new TextEncoder().encode(left));
}

function passBodies({ middlewareStack }: AppMeshClient): void {
  middlewareStack.add(
    (next) => (args) => {
      const sends = exchanges.getStore()?.sends;
      if (sends !== undefined && isObject(args.request)) Reflect.set(args.request, "body", JSON.stringify(sends));
      return next(args);
    },
    { step: "serialize", priority: "low", name: "wholeBodySent" },
  );
  middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      await takeBody(result.response);
      return result;
    },
    { step: "deserialize", priority: "low", name: "wholeBodyTaken" },
  );
}

type Sdk = typeof import("@aws-sdk/client-app-mesh");

interface Loaded {
  readonly sdk: Sdk;
  readonly reads: AppMeshClient;
  readonly writes: AppMeshClient;
}

export class AppMeshCalls {
  private readonly options: AppMeshOptions;
  private loading: Promise<Loaded> | undefined;

  constructor(options: AppMeshOptions) {
    this.options = options;
  }

  private load(): Promise<Loaded> {
    this.loading ??= import("@aws-sdk/client-app-mesh").then((sdk) => {
      const { region, endpoint, profile } = this.options;
      const given = { ...(endpoint === undefined ? {} : { endpoint }), ...(profile === undefined ? {} : { profile }) };
      const made = (maxAttempts: number): AppMeshClient => {
        const client = new sdk.AppMeshClient({ region, maxAttempts, ...given });
        passBodies(client);
        return client;
      };
      return { sdk, reads: made(READ_ATTEMPTS), writes: made(1) };
    });
    return this.loading;
  }

  private get owner(): { readonly meshOwner?: string } {
    const { meshOwner } = this.options;
    return meshOwner === undefined ? {} : { meshOwner };
  }

  private async call(
    send: (loaded: Loaded, abortSignal: AbortSignal) => Promise<unknown>,
    sends?: JsonObject,
  ): Promise<Result<Json, AwsFailure>> {
    const exchange: Exchange = sends === undefined ? {} : { sends };
    try {
      const loaded = await this.load();
      const deadline = AbortSignal.timeout(this.options.timeoutMs ?? TIMEOUT_MS);
      await exchanges.run(exchange, () => send(loaded, deadline));
    } catch (error) {
      return err(awsFailure(error, exchange.text));
    }
    return ok(exchange.answered ?? null);
  }

  /** All entries of a list's member, page by page. */
  private async pages(
    member: string,
    send: (loaded: Loaded, nextToken: { nextToken?: string }, abortSignal: AbortSignal) => Promise<unknown>,
  ): Promise<Result<readonly Json[], AwsFailure>> {
    const found: Json[] = [];
    let nextToken: { nextToken?: string } = {};
    for (let page = 0; page < MAX_PAGES; page++) {
      const token = nextToken;
      const answer = await this.call((loaded, abortSignal) => send(loaded, token, abortSignal));
      if (!answer.ok) return answer;
      found.push(...listOf(at(answer.value, member)));
      const next = textOf(at(answer.value, "nextToken"));
      if (next === undefined || next === "") return ok(found);
      nextToken = { nextToken: next };
    }
    return err({ kind: "unavailable", message: `${member} has more than ${MAX_PAGES} pages`, maySucceed: false });
  }

  meshes(): Promise<Result<readonly Json[], AwsFailure>> {
    return this.pages("meshes", ({ sdk, reads }, token, abortSignal) =>
      reads.send(new sdk.ListMeshesCommand(token), { abortSignal }),
    );
  }

  virtualRouters(meshName: string): Promise<Result<readonly Json[], AwsFailure>> {
    return this.pages("virtualRouters", ({ sdk, reads }, token, abortSignal) =>
      reads.send(new sdk.ListVirtualRoutersCommand({ meshName, ...this.owner, ...token }), { abortSignal }),
    );
  }

  routes(meshName: string, virtualRouterName: string): Promise<Result<readonly Json[], AwsFailure>> {
    return this.pages("routes", ({ sdk, reads }, token, abortSignal) =>
      reads.send(new sdk.ListRoutesCommand({ meshName, virtualRouterName, ...this.owner, ...token }), { abortSignal }),
    );
  }

  route(name: RouteName): Promise<Result<Json, AwsFailure>> {
    return this.call(({ sdk, reads }, abortSignal) =>
      reads.send(new sdk.DescribeRouteCommand({ ...name, ...this.owner }), { abortSignal }),
    );
  }

  virtualNode(meshName: string, virtualNodeName: string): Promise<Result<Json, AwsFailure>> {
    return this.call(({ sdk, reads }, abortSignal) =>
      reads.send(new sdk.DescribeVirtualNodeCommand({ meshName, virtualNodeName, ...this.owner }), { abortSignal }),
    );
  }

  /** One request; `clientToken` makes its repetition harmless. The spec is sent as it is given. */
  updateRoute(name: RouteName, clientToken: string, spec: Json): Promise<Result<Json, AwsFailure>> {
    return this.call(
      ({ sdk, writes }, abortSignal) =>
        writes.send(new sdk.UpdateRouteCommand({ ...name, ...this.owner, clientToken, spec: {} }), { abortSignal }),
      { clientToken, spec },
    );
  }

  createRoute(name: RouteName, clientToken: string, spec: Json): Promise<Result<Json, AwsFailure>> {
    return this.call(
      ({ sdk, writes }, abortSignal) =>
        writes.send(new sdk.CreateRouteCommand({ ...name, ...this.owner, clientToken, spec: {} }), { abortSignal }),
      { clientToken, routeName: name.routeName, spec },
    );
  }

  deleteRoute(name: RouteName): Promise<Result<Json, AwsFailure>> {
    return this.call(({ sdk, writes }, abortSignal) =>
      writes.send(new sdk.DeleteRouteCommand({ ...name, ...this.owner }), { abortSignal }),
    );
  }

  async close(): Promise<void> {
    const loaded = await this.loading?.catch(() => undefined);
    loaded?.reads.destroy();
    loaded?.writes.destroy();
  }
}
