/**
 * What one metric series of one proxy means: the language between mesh adapters (which read names and labels) and the
 * fold (which reads numbers). An adapter answers once per series; the fold applies the answer at every scrape.
 */
import type { EdgeRef, Endpoint } from "./identity.ts";

/**
 * Which view of a request a row belongs to. `sourceOnly` holds what a source proxy says of requests that cannot have
 * arrived (flags UH, UF, … or no destination workload); `source` the rest of what it says. `outbound` is the only view
 * of Linkerd, Consul, App Mesh and plain Envoy; `outboundRoute` is Linkerd's count of logical requests by route, the same
 * requests again at another grain, and stands only where `outbound` is silent; `inbound` holds what a destination says
 * where it cannot name the caller; `span` what spans tell of an edge that no metric knows.
 */
export const REPORTERS = [
  "destination",
  "waypoint",
  "source",
  "sourceOnly",
  "outbound",
  "outboundRoute",
  "inbound",
  "span",
] as const;
export type Reporter = (typeof REPORTERS)[number];

/** The class of a request in a security share. `unknown` is what a proxy cannot know, never "plaintext". */
export type Security = "mutual" | "tls" | "plaintext" | "unknown";

/** What is timed: first byte, whole response, or a span's duration. */
export type LatencyOf = "firstByte" | "response" | "span";

/** What one unit of a counter's increase adds to a row. */
export type Measure =
  | {
      readonly kind: "requests";
      /** "200", "none" (no response), or a class such as "2xx" where the source knows only classes. */
      readonly code: string;
      /** Decimal gRPC status, absent when the request is not gRPC or the source does not say. */
      readonly grpcStatus?: string;
      /** Envoy response flags, empty for none. */
      readonly flags: readonly string[];
      /** Host asked for. */
      readonly host?: string;
      /** Absent where this source has no per-request evidence (see `tls*` states below). */
      readonly security?: Security;
      /** Why it is not mutual, in a code, where the source says. */
      readonly securityReason?: string;
      /** False where the request never left the source proxy: it stands outside the security share. */
      readonly left: boolean;
    }
  /** The same requests when they began, where the source counts both; shown where none ends, never added. */
  | { readonly kind: "requestsStarted" }
  | {
      readonly kind: "connectionsOpened";
      readonly security?: Security;
      readonly securityReason?: string;
      readonly flags: readonly string[];
    }
  /** `flags` where the proxy knows only now how the connection fared. */
  | { readonly kind: "connectionsClosed"; readonly flags?: readonly string[] }
  /** Request direction = source → target, whatever the proxy calls it. */
  | { readonly kind: "requestBytes" }
  | { readonly kind: "responseBytes" }
  | { readonly kind: "requestMessages" }
  | { readonly kind: "responseMessages" }
  | { readonly kind: "retries" }
  /** Requests as they were sent to a backend, each try of them; never added to requests. */
  | { readonly kind: "attempts" }
  | { readonly kind: "timeouts" }
  | { readonly kind: "overflow" }
  | { readonly kind: "ejections" }
  | { readonly kind: "rateLimited" }
  | { readonly kind: "denied" };

/**
 * A number that is read as it stands at the scrape, not as an increase. Of several series with one meaning, `circuitOpen`
 * holds if any is not 0; the others are added.
 */
export type StateMeasure =
  /** TLS handshakes and connections of one upstream since the proxy started. */
  | { readonly kind: "upstreamHandshakes" }
  | { readonly kind: "upstreamConnections" }
  /**
   * Of those connections, the ones that never came up. Handshakes are held against the rest: a TLS peer that is down has
   * attempts and no handshake, and is no plaintext peer.
   */
  | { readonly kind: "upstreamConnectFailures" }
  | { readonly kind: "activeConnections" }
  /** 1 while any circuit breaker of the upstream is open. */
  | { readonly kind: "circuitOpen" };

/**
 * The same evidence on the side that accepts connections. `tlsConnections`: those of `connections` that came in over a
 * TLS transport, whether or not a handshake was finished on them; a plaintext caller is never one.
 */
export type ListenerMeasure = { readonly kind: "handshakes" | "noCertificate" | "connections" | "tlsConnections" };

/** A workload's own certificate, the authority that signs those, or the root behind it. */
export const CERTIFICATE_ROLES = ["leaf", "issuer", "root"] as const;
export type CertificateRole = (typeof CERTIFICATE_ROLES)[number];

export interface Principals {
  readonly source?: string;
  readonly destination?: string;
}

export type SeriesMeaning =
  | {
      readonly kind: "counter";
      readonly edge: EdgeRef;
      readonly reporter: Reporter;
      readonly measure: Measure;
      readonly principals?: Principals;
      /**
       * IP address that was dialled, without a port, where the source says which workload answered there; in the view
       * `outboundRoute` the in-cluster host of the Service that carried the request.
       */
      readonly address?: string;
      /** Metric family, for the evidence line. */
      readonly family: string;
      /**
       * On a `tcp` edge: these connections may be only the transport of an `http` edge between the same two ends, which
       * the series itself does not say. Where that http edge has requests, this row is no edge of its own and its bytes
       * are the http edge's; where it never has any, it is the tcp edge.
       */
      readonly transportOf?: "http";
      /**
       * Counted by a node's proxy, below whatever the workloads' own proxies and waypoints count of the same calls: it is
       * no edge of its own while one of those speaks.
       */
      readonly below?: true;
      /** Key of the waypoint that reports (`workloadKey`), where the scrape configuration names it. */
      readonly via?: string;
    }
  | {
      readonly kind: "latency";
      readonly edge: EdgeRef;
      readonly reporter: Reporter;
      readonly of: LatencyOf;
      /** Upper bound in the unit of the family (`Infinity` for +Inf), or the sum or count sample. */
      readonly part: { readonly le: number } | "sum" | "count";
      /** Multiply a bound or a sum by this to get milliseconds. */
      readonly toMs: number;
      /** Equal for all samples of one histogram of one target: the series without `le`. */
      readonly histogram: string;
      readonly family: string;
    }
  /** A state describes an edge that counters made; it never makes one. Several of one kind on an edge: see `StateMeasure`. */
  | {
      readonly kind: "state";
      readonly edge: EdgeRef;
      readonly reporter: Reporter;
      readonly measure: StateMeasure;
      readonly family: string;
    }
  | {
      readonly kind: "listener";
      readonly workload: Endpoint;
      readonly measure: ListenerMeasure;
      /**
       * Address of the listener as the proxy prints it. A sidecar's outbound listener takes its own app's connections in
       * plaintext, so handshakes and connections are compared listener by listener, and one that never had a handshake
       * says nothing about a peer that connected by TLS.
       */
      readonly listener?: string;
      readonly family: string;
    }
  /** Seconds the process has run, or the Unix time it started: whichever the proxy prints. */
  | { readonly kind: "uptimeSeconds" }
  | { readonly kind: "startTimeSeconds" }
  | { readonly kind: "build"; readonly version: string }
  /**
   * Seconds until a certificate of this proxy expires. The series table has converted the value and left out sentinels:
   * `scale` is the printed unit in seconds (1 if absent), `epoch` says that the proxy prints a point in Unix time, and
   * `sentinels` are printed values that mean "no certificate".
   */
  | {
      readonly kind: "certificateSeconds";
      readonly name: string;
      /** What the certificate is for; absent where the source does not say. */
      readonly role?: CertificateRole;
      readonly scale?: number;
      readonly epoch?: true;
      readonly sentinels?: readonly number[];
    }
  /** Unix time, in seconds, at which this proxy last got a new certificate of its own. */
  | { readonly kind: "certificateRefreshed"; readonly name: string };

/**
 * What a mesh's own places are called here. Clusters by Consul datacenter, `<partition>/<datacenter>`, peer, App Mesh mesh
 * or ECS cluster; namespaces by Consul's or App Mesh's. What is not named keeps the mesh's name.
 */
export interface PlaceNames {
  readonly clusters: ReadonlyMap<string, string>;
  readonly namespaces: ReadonlyMap<string, string>;
}

/** What the proxy does not print about itself and the scrape configuration adds. */
export interface TargetLabels {
  readonly cluster: string;
  readonly namespace: string;
  readonly workload: string;
  readonly service: string;
  readonly version: string;
  readonly app: string;
  readonly names?: PlaceNames;
  /** The node's proxy of ambient mode, where the body says that it is one. */
  readonly proxy?: "ztunnel";
}
