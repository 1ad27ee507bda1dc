/**
 * This collector's place among others (`cluster`). In: the configuration, and the write path before its replay. Out: the
 * cluster, not started yet; undefined where there is none. Errors: `secret_unreadable`, `data_unwritable`.
 */
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Registry } from "prom-client";
import { err, ok, type Result } from "../lib/base/result.ts";
import type { SlotTable } from "../lib/rollup/slot-table.ts";
import { Cluster } from "./cluster/cluster.ts";
import { Members } from "./cluster/members.ts";
import { PeerClient } from "./cluster/peer-client.ts";
import { SideExchange } from "./cluster/side-exchange.ts";
import type { Config } from "./config/config.ts";
import type { DurableIngest } from "./durable-ingest.ts";
import type { SpanEdges } from "./pipeline/span-edges.ts";
import type { Clock } from "./telemetry/clock.ts";
import { gaugeByCode } from "./telemetry/gauge.ts";
import type { Log } from "./telemetry/log.ts";

export interface ClusterSurroundings {
  readonly kept: DurableIngest;
  readonly slots: SlotTable;
  readonly edges: SpanEdges;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
}

export interface OpenedCluster {
  readonly cluster: Cluster;
  readonly exchange: SideExchange;
  readonly secret: string | undefined;
  /** What others count of watched routes is asked of those that are not given up. */
  readonly counters: {
    readonly others: () => readonly string[];
    readonly ask: (member: string, text: string) => Promise<string | undefined>;
  };
}

interface Failure {
  readonly code: string;
  readonly message: string;
}

/** Of a data folder: with another one the logs of this member begin anew. */
async function epochOf(dataFolder: string): Promise<string> {
  const path = join(dataFolder, "member-epoch");
  try {
    await writeFile(path, randomBytes(8).toString("hex"), { flag: "wx" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  return (await readFile(path, "utf8")).trim();
}

async function secretOf(path: string | undefined): Promise<Result<string | undefined, Failure>> {
  if (path === undefined) return ok(undefined);
  const text = await readFile(path, "utf8").then(
    (content) => content.trim(),
    () => "",
  );
  if (text !== "") return ok(text);
  return err({ code: "secret_unreadable", message: `${path} (cluster.secretFile) cannot be read, or is empty` });
}

export async function openCluster(
  { cluster: config, dataFolder }: Pick<Config, "cluster" | "dataFolder">,
  { kept, slots, edges, registry, clock, log }: ClusterSurroundings,
): Promise<Result<OpenedCluster | undefined, Failure>> {
  if (config === undefined) return ok(undefined);
  const secret = await secretOf(config.secretFile);
  if (!secret.ok) return secret;
  const members = new Members(config, clock);
  const client = new PeerClient({ self: config.self, secret: secret.value });
  const urls = new Map(config.members.map(({ name, url }) => [name, url] as const));
  const { writer, appended } = kept.own;
  const exchange = new SideExchange({
    ...{ members, epoch: await epochOf(dataFolder), queue: kept.queue, own: writer, appended, clock, log },
    folder: kept.logs.folder,
    post: async (member, frame) => (await client.ask(urls.get(member) ?? "", "/sides", frame))?.status === 200,
  });
  kept.sharing = exchange;
  const cluster = new Cluster({ members, exchange, client, slots, clock, log });
  edges.holdUp(() => cluster.heldUpMs());
  const help = "Sides of calls since start: handed over to the members that pair them, and taken over from others";
  gaugeByCode(registry, "meshscope_cluster_sides", help, () => Object.entries(exchange.counts));
  const states = "Members by state";
  gaugeByCode(registry, "meshscope_cluster_members", states, () => {
    const counts = new Map<string, number>([...["self", "up", "silent", "down"]].map((state) => [state, 0] as const));
    for (const { state } of members.list()) counts.set(state, (counts.get(state) ?? 0) + 1);
    return counts;
  });
  const counters = {
    others: () => members.list().flatMap(({ name, state }) => (state === "self" || state === "down" ? [] : [name])),
    ask: async (member: string, text: string) => {
      const answer = await client.ask(urls.get(member) ?? "", "/route-counters", Buffer.from(text));
      return answer?.status === 200 ? answer.body.toString() : undefined;
    },
  };
  return ok({ cluster, exchange, secret: secret.value, counters });
}
