/** What is kept, where and for how long: the part of the file that stores, logs and clusters are set up by. */
import { resolve } from "node:path";
import type { ClusterConfig, Config, StoreConfig } from "./config.ts";
import type { FileConfig } from "./schema.ts";

export function storeOf(store: FileConfig["store"], folder: string): StoreConfig {
  if (typeof store === "string") return { kind: store };
  const { cluster, passwordFile, ...rest } = store.clickhouse;
  const clickhouse = {
    ...rest,
    ...(cluster === undefined ? {} : { cluster }),
    ...(passwordFile === undefined ? {} : { passwordFile: resolve(folder, passwordFile) }),
  };
  return { kind: "clickhouse", clickhouse };
}

function clusterOf(cluster: FileConfig["cluster"], folder: string): { cluster?: ClusterConfig } {
  if (cluster === undefined) return {};
  const { members, self, control, takeoverAfter, secretFile } = cluster;
  const secret = secretFile === undefined ? {} : { secretFile: resolve(folder, secretFile) };
  return { cluster: { members, self, control, takeoverAfterMs: takeoverAfter, ...secret } };
}

export function keptOf(
  { log, retention, ingest, cluster }: FileConfig,
  folder: string,
): Pick<Config, "log" | "retention" | "ingest" | "cluster"> {
  const { spans, maxDisk, tenSeconds, oneMinute, tenMinutes } = retention;
  return {
    log: { maxBytes: log.maxSize, commitWithinMs: log.commitWithin, checkpointMs: log.checkpointEvery },
    retention: {
      spansMs: spans,
      maxDiskBytes: maxDisk,
      rollups: { tenSecondsMs: tenSeconds, oneMinuteMs: oneMinute, tenMinutesMs: tenMinutes },
    },
    ingest,
    ...clusterOf(cluster, folder),
  };
}

export const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|::1|\[::1\])$/;

interface Fault {
  readonly path: readonly string[];
  readonly message: string;
}

function clusterFault({ cluster, store }: FileConfig): Fault | undefined {
  if (cluster === undefined) return undefined;
  const names = cluster.members.map(({ name }) => name);
  for (const role of ["self", "control"] as const) {
    const name = cluster[role];
    if (!names.includes(name)) return { path: ["cluster", role], message: `${name} is not among cluster.members` };
  }
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) return { path: ["cluster", "members"], message: `name ${twice} twice` };
  if (typeof store === "string") {
    return { path: ["cluster"], message: `needs a store that members share: \`store\` is ${store}, not clickhouse` };
  }
  const far = cluster.members.find(({ url }) => !LOOPBACK.test(new URL(url).hostname));
  if (far === undefined || cluster.secretFile !== undefined) return undefined;
  return { path: ["cluster"], message: `has member ${far.name} beyond loopback and no \`secretFile\`` };
}

/** What parts of the file ask of each other. */
export function keptFault(file: FileConfig): Fault | undefined {
  if (file.ingest.shards > 1 && file.store === "memory") {
    const message = `${file.ingest.shards} needs a store that keeps: receiving processes hand on through their logs, and \`store\` memory has none`;
    return { path: ["ingest", "shards"], message };
  }
  return clusterFault(file);
}
