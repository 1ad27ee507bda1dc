/**
 * moto on a free loopback port, and what tests ask of it past the driver: App Mesh's REST API and IAM's query API, unsigned
 * as long as its access control is off. Out: its URL, calls, users with policies, an end.
 */
import { freePorts } from "../../real/envoy/http-client.ts";
import { startChild } from "../child.ts";
import { type MotoFolder, pythonEnv } from "./binary.ts";

export interface UserKeys {
  readonly id: string;
  readonly secret: string;
}

export interface MotoServer {
  readonly url: string;
  /** `path` after the API's version. */
  appMesh(method: string, path: string, body?: unknown): Promise<string>;
  /** A user with just this policy; before access control is on. */
  user(name: string, policies: readonly string[]): Promise<UserKeys>;
  /** From now on every request is held against its user's policies. */
  control(): Promise<void>;
  stop(): Promise<void>;
}

export const REGION = "eu-west-1";

/** Only its scope is read, while access control is off. */
const scope = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=test/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=test`;

class Server implements MotoServer {
  readonly url: string;
  private readonly end: () => Promise<void>;

  constructor(url: string, end: () => Promise<void>) {
    this.url = url;
    this.end = end;
  }

  private async call(path: string, init: RequestInit): Promise<string> {
    const answer = await fetch(`${this.url}${path}`, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return text;
  }

  appMesh(method: string, path: string, body?: unknown): Promise<string> {
    return this.call(`/v20190125/meshes${path}`, {
      method,
      headers: { authorization: scope("appmesh"), "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  private iam(action: string, members: Readonly<Record<string, string>>): Promise<string> {
    const body = new URLSearchParams({ Action: action, Version: "2010-05-08", ...members });
    return this.call("/", { method: "POST", headers: { authorization: scope("iam") }, body });
  }

  async user(name: string, policies: readonly string[]): Promise<UserKeys> {
    await this.iam("CreateUser", { UserName: name });
    for (const [i, policy] of policies.entries())
      await this.iam("PutUserPolicy", { UserName: name, PolicyName: `p${i}`, PolicyDocument: policy });
    const made = await this.iam("CreateAccessKey", { UserName: name });
    const id = /<AccessKeyId>([^<]+)/.exec(made)?.[1];
    const secret = /<SecretAccessKey>([^<]+)/.exec(made)?.[1];
    if (id === undefined || secret === undefined) throw new Error(`no key: ${made}`);
    return { id, secret };
  }

  async control(): Promise<void> {
    await this.call("/moto-api/reset-auth", { method: "POST", body: "0" });
  }

  stop(): Promise<void> {
    return this.end();
  }
}

export async function startMoto({ folder }: MotoFolder): Promise<MotoServer> {
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const started = await startChild({
    file: "python3",
    args: ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)],
    env: pythonEnv(folder),
    isReady: async () => (await fetch(`${url}/moto-api/data.json`)).ok,
  });
  return new Server(url, () => started.stop());
}

/** A mesh with two nodes and a router whose one route splits 90:10. */
export async function makeRoute(server: MotoServer, mesh: string, router: string): Promise<void> {
  const at = `/${mesh}/virtualRouters`;
  const listeners = [{ portMapping: { port: 8080, protocol: "http" } }];
  await server.appMesh("PUT", "", { meshName: mesh, spec: {} });
  for (const node of ["web-v1", "web-v2"])
    await server.appMesh("PUT", `/${mesh}/virtualNodes`, { virtualNodeName: node, spec: { listeners } });
  await server.appMesh("PUT", at, { virtualRouterName: router, spec: { listeners } });
  await server.appMesh("PUT", `/${mesh}/virtualRouter/${router}/routes`, { routeName: "main", spec: specOf(10) });
}

export function specOf(canaryPercent: number, canary = "web-v2") {
  return {
    priority: 10,
    httpRoute: {
      match: { prefix: "/" },
      action: {
        weightedTargets: [
          { virtualNode: "web-v1", weight: 100 - canaryPercent, port: 8080 },
          { virtualNode: canary, weight: canaryPercent, port: 8080 },
        ],
      },
      retryPolicy: { maxRetries: 2, perRetryTimeout: { unit: "s", value: 1 }, httpRetryEvents: ["server-error"] },
      timeout: { idle: { unit: "s", value: 9 } },
    },
  };
}
