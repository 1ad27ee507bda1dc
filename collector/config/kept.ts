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

export function keptOf({ log, retention, ingest, cluster }: FileConfig): Pick<
  Config,
  "log" | "retention" | "ingest"
> & {
  cluster?: ClusterConfig;
} {
  const { spans, maxDisk, tenSeconds, oneMinute, tenMinutes } = retention;
  return {
    log: { maxBytes: log.maxSize, commitWithinMs: log.commitWithin },
    retention: {
      spansMs: spans,
      maxDiskBytes: maxDisk,
      rollups: { tenSecondsMs: tenSeconds, oneMinuteMs: oneMinute, tenMinutesMs: tenMinutes },
    },
    ingest,
    ...(cluster === undefined ? {} : { cluster }),
  };
}
