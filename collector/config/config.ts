/** The configuration after parsing and validation: durations in ms, sizes in bytes, paths absolute, defaults filled in. */
import type { Mesh } from "../../lib/model/identity.ts";
import type { PlaceNames } from "../../lib/model/meaning.ts";
import type { Subject } from "../../lib/query/access.ts";
import type { NotifiedEvent } from "../../lib/query/schema/notifications.ts";

export interface ScrapeTargetConfig {
  readonly url: string;
  /** Labels of the job and of the target together: `cluster`, `namespace`, `workload`, `service`, `version`, `pod`, … */
  readonly labels: Readonly<Record<string, string>>;
}

export interface ScrapeJob {
  readonly name: string;
  readonly mesh: Mesh | "auto";
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly bodyLimitBytes: number;
  readonly sampleLimit: number;
  readonly targets: readonly ScrapeTargetConfig[];
  /** What the mesh's own places are called here; absent: as the mesh calls them. */
  readonly names?: PlaceNames;
}

export interface AliasConfig {
  /** A name or address, maybe with a port, maybe with `*.` in front. */
  readonly host: string;
  /** Left out: any, if exactly one known service fits the rest. */
  readonly cluster?: string;
  readonly namespace?: string;
  readonly service: string;
}

export interface Listen {
  readonly host: string;
  readonly ingestHost: string;
  readonly otlpGrpc: number;
  readonly otlpHttp: number;
  readonly zipkin: number;
  readonly api: number;
  readonly ui: number;
}

export interface ClickHouseConfig {
  readonly url: string;
  readonly database: string;
  /** Name of the cluster for ON CLUSTER statements; absent: one node. */
  readonly cluster?: string;
  readonly username: string;
  /** Absolute; read when the store is opened. */
  readonly passwordFile?: string;
}

export type StoreConfig =
  | { readonly kind: "memory" | "duckdb" }
  | { readonly kind: "clickhouse"; readonly clickhouse: ClickHouseConfig };

export interface LogConfig {
  /** Receivers refuse once the log holds more that the store has not taken yet. */
  readonly maxBytes: number;
  /** A body is answered within this after it was appended, ms. */
  readonly commitWithinMs: number;
  /** How often what open slots gained is kept, ms: what a crash loses of scraped increases. */
  readonly checkpointMs: number;
}

export interface Retention {
  /** From when they were received, ms. */
  readonly spansMs: number;
  /** What the store may take on disk, bytes; the oldest goes first. */
  readonly maxDiskBytes: number;
  /** Of the rollups, by grain, ms. */
  readonly rollups: { readonly tenSecondsMs: number; readonly oneMinuteMs: number; readonly tenMinutesMs: number };
}

export interface ClusterConfig {
  readonly members: readonly { readonly name: string; readonly url: string }[];
  readonly self: string;
  /** The member that acts on meshes. */
  readonly control: string;
  /** A member that was not heard of for this long is down: the others take over what was its, ms. */
  readonly takeoverAfterMs: number;
  /** Absolute; what it holds is what members know each other by. Needed where any is beyond loopback. */
  readonly secretFile?: string;
}

export interface TokenConfig {
  readonly subject: Subject;
  readonly sha256: Uint8Array;
}

export type AuthConfig =
  | { readonly mode: "none" }
  | { readonly mode: "token"; readonly tokens: readonly TokenConfig[] };

export interface ConsulControl {
  /** Unique among the control planes: `TargetRef.cluster` of what is here. */
  readonly name: string;
  /** Without a path: `http://127.0.0.1:8500`. */
  readonly url: string;
  /** Absolute; read at each call. */
  readonly tokenFile?: string;
  /** Whose instances are asked for; absent: that of the agent. */
  readonly datacenter?: string;
  /**
   * Where entries are written and read; absent: `datacenter`. Indexes of other datacenters are not the ones that a write is
   * compared with.
   */
  readonly primaryDatacenter?: string;
  /** Of Consul Enterprise; absent: what the token is for; `*`: all. */
  readonly namespace?: string;
  readonly partition?: string;
}

export interface AppMeshControl {
  readonly name: string;
  readonly region: string;
  /** Instead of the region's own. */
  readonly endpoint?: string;
  /** Absent: every mesh that may be listed. */
  readonly mesh?: string;
  /** Account of a mesh that is shared with this one. */
  readonly meshOwner?: string;
  /** Of the shared AWS files; absent: whatever credentials the client finds. */
  readonly profile?: string;
}

/** A cluster: by a kubeconfig, by the account of the pod, or by a plain URL. */
export interface KubernetesControl {
  /** Unique among the control planes. */
  readonly name: string;
  readonly mesh: Mesh;
  /** Absolute. */
  readonly kubeconfig?: string;
  /** Of the kubeconfig; absent: its current one. */
  readonly context?: string;
  readonly inCluster?: true;
  readonly url?: string;
  /** Absolute; read at each request. Only with `url`, like the next. */
  readonly tokenFile?: string;
  readonly caFile?: string;
  /** Absent: all, which needs rights on all. */
  readonly namespaces?: readonly string[];
}

export interface NotificationTarget {
  /** Unique; stands where the address would, which may be a secret. */
  readonly name: string;
  /** One of both. */
  readonly url?: string;
  /** Absolute; read at each try. */
  readonly urlFile?: string;
  readonly format: "generic" | "slack";
  readonly events: readonly NotifiedEvent[];
  /** Absolute; signs the bodies of the generic format. */
  readonly secretFile?: string;
  /** Whether notices of what waits carry a link that promotes. */
  readonly approvals: boolean;
}

/** Control planes that may be spoken to, and who is told of what happens. */
export interface ControlConfig {
  /** Absolute: folder of rollouts that may be started. */
  readonly definitions?: string;
  /** Where this console is reached, without a slash at the end; null: messages carry no links. */
  readonly publicUrl: string | null;
  readonly notifications: readonly NotificationTarget[];
  readonly kubernetes: readonly KubernetesControl[];
  readonly consul: readonly ConsulControl[];
  readonly appMesh: readonly AppMeshControl[];
  /** Time that a mesh takes to bring a weight to its proxies, ms. */
  readonly propagationMs: Readonly<Record<Exclude<Mesh, "envoy">, number>>;
  /** Where Flagger reaches this API; absent: it is asked nothing here. */
  readonly flaggerGateUrl?: string;
}

export interface Config {
  readonly control: ControlConfig;
  readonly auth: AuthConfig;
  readonly listen: Listen;
  readonly dataFolder: string;
  readonly store: StoreConfig;
  readonly log: LogConfig;
  readonly retention: Retention;
  readonly ingest: { readonly shards: number };
  /** Absent: this collector is alone. */
  readonly cluster?: ClusterConfig;
  /** Shown wherever data shows, when the estate is a simulated one. */
  readonly simulated: string | null;
  /** Names besides loopback that may stand in the Host header of an API request. */
  readonly hosts: readonly string[];
  readonly scrape: readonly ScrapeJob[];
  /** What is called by a host is a service of another mesh. */
  readonly aliases: readonly AliasConfig[];
}
