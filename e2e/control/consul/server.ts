/**
 * A Consul that keeps everything in memory, with access control on and all denied by default, on free loopback ports; and
 * what tests ask of it past the driver. Out: its URL, calls with the root token or another, tokens of policies, an end.
 */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../../real/envoy/http-client.ts";
import { startChild } from "../child.ts";
import type { ConsulBinary } from "./binary.ts";

export interface Reply {
  readonly status: number;
  readonly text: string;
}

export interface ConsulServer {
  readonly url: string;
  readonly version: string;
  call(method: string, path: string, body?: unknown, token?: string): Promise<Reply>;
  /** A file with a token of just these rules (HCL). */
  tokenFile(rules: string): Promise<string>;
  /** Of everything. */
  readonly rootTokenFile: string;
  /** Saves the state and puts it back later: the index falls. */
  snapshot(): Promise<() => Promise<void>>;
  stop(): Promise<void>;
}

const ROOT = "00000000-0000-4000-8000-0000000000aa";

class Server implements ConsulServer {
  readonly url: string;
  readonly version: string;
  readonly rootTokenFile: string;
  private readonly folder: string;
  private readonly end: () => Promise<void>;

  constructor(url: string, version: string, folder: string, end: () => Promise<void>) {
    this.url = url;
    this.version = version;
    this.folder = folder;
    this.rootTokenFile = join(folder, "root");
    this.end = end;
  }

  async call(method: string, path: string, body?: unknown, token = ROOT): Promise<Reply> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: { "x-consul-token": token },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, text: await answer.text() };
  }

  private async made(path: string, body: unknown): Promise<string> {
    const { status, text } = await this.call("PUT", path, body);
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
    return text;
  }

  async tokenFile(rules: string): Promise<string> {
    const name = `policy-${randomUUID()}`;
    await this.made("/v1/acl/policy", { Name: name, Rules: rules });
    const { SecretID } = JSON.parse(await this.made("/v1/acl/token", { Policies: [{ Name: name }] }));
    const file = join(this.folder, name);
    await writeFile(file, `${SecretID}\n`, { mode: 0o600 });
    return file;
  }

  async snapshot(): Promise<() => Promise<void>> {
    const headers = { "x-consul-token": ROOT };
    const saved = await fetch(`${this.url}/v1/snapshot`, { headers });
    const state = await saved.arrayBuffer();
    return async () => {
      const restored = await fetch(`${this.url}/v1/snapshot`, { method: "PUT", headers, body: state });
      if (!restored.ok) throw new Error(`the snapshot cannot be put back: ${await restored.text()}`);
    };
  }

  async stop(): Promise<void> {
    await this.end();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export interface ServerOptions {
  /** Access control, all denied by default; without it everybody may do all. */
  readonly isGuarded: boolean;
  readonly datacenter: string;
  /** Ports of the servers of this and other datacenters: they find each other. */
  readonly wan?: { readonly own: number; readonly others: readonly number[] };
}

const ALONE: ServerOptions = { isGuarded: true, datacenter: "dc1" };

/** The first datacenter is the primary one. */
export async function startConsul(binary: ConsulBinary, options = ALONE): Promise<ConsulServer> {
  const [http = 0, rpc = 0, lan = 0, wan = 0] = await freePorts(4);
  const folder = await mkdtemp(join(tmpdir(), "meshscope-consul-"));
  const file = join(folder, "agent.json");
  const acl = { enabled: options.isGuarded, default_policy: "deny", tokens: { master: ROOT, agent: ROOT } };
  const place = { datacenter: options.datacenter, primary_datacenter: "dc1" };
  await writeFile(file, JSON.stringify({ ...place, ...(options.isGuarded ? { acl } : {}) }));
  await writeFile(join(folder, "root"), ROOT, { mode: 0o600 });
  const url = `http://127.0.0.1:${http}`;
  const found = (options.wan?.others ?? []).map((port) => `-retry-join-wan=127.0.0.1:${port}`);
  const ports = [`-http-port=${http}`, `-server-port=${rpc}`, `-serf-lan-port=${lan}`];
  // A second port of gRPC, which older servers do not know.
  const more = Number(binary.version.split(".")[1]) >= 14 ? ["-grpc-tls-port=-1"] : [];
  const headers = { "x-consul-token": ROOT };
  const started = await startChild({
    file: binary.path,
    args: [
      ...["agent", "-dev", "-log-level=warn", "-bind=127.0.0.1", "-client=127.0.0.1"],
      ...[`-node=meshscope-${options.datacenter}`, "-dns-port=-1", "-grpc-port=-1", `-config-file=${file}`],
      ...[...ports, ...more, `-serf-wan-port=${options.wan?.own ?? wan}`, "-retry-interval-wan=1s", ...found],
    ],
    // The root token works once a leader is there and has set access control up.
    isReady: async () =>
      options.isGuarded
        ? (await fetch(`${url}/v1/acl/tokens`, { headers })).ok
        : (await (await fetch(`${url}/v1/status/leader`)).text()).length > 4,
  });
  return new Server(url, binary.version, folder, () => started.stop());
}
