/**
 * Istio's standard metrics, as the stats filter of sidecars, gateways and waypoints prints them, and ztunnel those of TCP
 * (vendors' ztunnels, those of requests too). In: one series. Out: what it means. Units: ms, bytes. A series may lack any
 * label. Not handled: custom metrics (`istio_<name>` of a Telemetry resource).
 */
import { err, ok, type Result } from "../../base/result.ts";
import type { EdgeRef, Protocol } from "../../model/identity.ts";
import type { Measure, Principals, Reporter, Security, SeriesMeaning, TargetLabels } from "../../model/meaning.ts";
import { workloadKey } from "../../model/rollup-row.ts";
import type { Series } from "../../wire/exposition/parse-series.ts";
import { type Adapted, means, type RefusalCode, refuses } from "../adapter.ts";
import { boundOf } from "../bounds.ts";
import { ownWorkload, workloadKind } from "../endpoints.ts";
import { flagsOf, neverArrived } from "./flags.ts";
import { clean, destinationOf, destinationUnknown, type Labels, sourceOf } from "./peers.ts";
import { isDenied, isZtunnel, placeOf } from "./ztunnel.ts";

const DURATION = "istio_request_duration_milliseconds";

type Family =
  | "requests"
  | "latency"
  | "connectionsOpened"
  | "connectionsClosed"
  | "requestBytes"
  | "responseBytes"
  | "requestMessages"
  | "responseMessages";

/**
 * `istio_tcp_received_bytes_total` is what the proxy received from the connection's client, so it runs from source to
 * target whichever side reports it (istio/istio issue 32399: "L4 telemetry is backwards").
 */
const FAMILIES: ReadonlyMap<string, { readonly family: Family; readonly protocol?: Protocol }> = new Map([
  ["istio_requests_total", { family: "requests" }],
  [`${DURATION}_bucket`, { family: "latency" }],
  [`${DURATION}_sum`, { family: "latency" }],
  [`${DURATION}_count`, { family: "latency" }],
  ["istio_request_bytes_sum", { family: "requestBytes" }],
  ["istio_response_bytes_sum", { family: "responseBytes" }],
  ["istio_request_messages_total", { family: "requestMessages", protocol: "grpc" }],
  ["istio_response_messages_total", { family: "responseMessages", protocol: "grpc" }],
  ["istio_tcp_connections_opened_total", { family: "connectionsOpened", protocol: "tcp" }],
  ["istio_tcp_connections_closed_total", { family: "connectionsClosed", protocol: "tcp" }],
  ["istio_tcp_received_bytes_total", { family: "requestBytes", protocol: "tcp" }],
  ["istio_tcp_sent_bytes_total", { family: "responseBytes", protocol: "tcp" }],
]);

export function isStandardMetric(name: string): boolean {
  return FAMILIES.has(name);
}

function protocolOf(labels: Labels): Protocol {
  const protocol = clean(labels, "request_protocol");
  return protocol === "grpc" || protocol === "tcp" ? protocol : "http";
}

/**
 * Only the accepting side knows, but for a ztunnel, which knows on both: any other source prints `unknown` whatever is
 * true. `none` means not mutual, which between Istio's own proxies is plaintext.
 */
function securityOf(labels: Labels, knows: boolean): Security {
  if (!knows) return "unknown";
  const policy = labels.get("connection_security_policy");
  if (policy === "mutual_tls") return "mutual";
  return policy === "none" ? "plaintext" : "unknown";
}

/** `0` is "no response"; a label that was edited away leaves the code unsaid, which is no failure. */
function codeOf(labels: Labels): string {
  const code = clean(labels, "response_code");
  if (code === "0") return "none";
  return code === "" ? "unknown" : code;
}

function isWaypoint({ workload, service, app }: TargetLabels): boolean {
  return workloadKind(workload, service, app) === "waypoint";
}

/** Whose view this is: by the label, else by which side the scraped workload stands on. */
function reporterOf(labels: Labels, target: TargetLabels): "source" | "destination" | "waypoint" | undefined {
  const reporter = labels.get("reporter");
  // Waypoints of old say that they are the destination.
  if (reporter === "destination" && isWaypoint(target)) return "waypoint";
  if (reporter === "source" || reporter === "destination" || reporter === "waypoint") return reporter;
  if (reporter !== undefined || target.workload === "") return undefined;
  if (labels.get("destination_workload") === target.workload) return "destination";
  return labels.get("source_workload") === target.workload ? "source" : undefined;
}

function principalsOf(labels: Labels): Principals | undefined {
  const source = clean(labels, "source_principal");
  const destination = clean(labels, "destination_principal");
  if (source === "" && destination === "") return undefined;
  return { ...(source === "" ? {} : { source }), ...(destination === "" ? {} : { destination }) };
}

/** Who says it: where the proxy stands, and whether it knows how the connection is secured. */
interface Speaker {
  readonly fromSource: boolean;
  readonly knows: boolean;
  readonly ztunnel: boolean;
}

function requestMeasure(labels: Labels, { fromSource, knows }: Speaker): Measure {
  const flags = flagsOf(labels.get("response_flags") ?? "");
  const grpcStatus = clean(labels, "grpc_response_status");
  const host = clean(labels, "destination_service");
  return {
    kind: "requests",
    code: codeOf(labels),
    ...(grpcStatus === "" ? {} : { grpcStatus }),
    flags,
    ...(host === "" ? {} : { host }),
    security: securityOf(labels, knows),
    // Flags of the destination's proxy speak of its own application: the request had left its source.
    left: !(fromSource && neverArrived(flags)),
  };
}

function measuresOf(family: Exclude<Family, "latency">, labels: Labels, speaker: Speaker): Measure[] {
  if (family === "requests") return [requestMeasure(labels, speaker)];
  const flags = flagsOf(labels.get("response_flags") ?? "");
  if (family === "connectionsOpened") return [{ kind: family, security: securityOf(labels, speaker.knows), flags }];
  // A ztunnel knows how a connection fared when it is closed: opened ones have no flag yet.
  if (family !== "connectionsClosed" || !speaker.ztunnel || flags.length === 0) return [{ kind: family }];
  const denied: Measure[] = isDenied(flags) ? [{ kind: "denied" }] : [];
  return [{ kind: family, flags }, ...denied];
}

interface Row {
  readonly edge: EdgeRef;
  readonly reporter: Reporter;
}

function latencyOf(series: Series, row: Row): SeriesMeaning | undefined {
  const part = boundOf(series);
  if (part === undefined) return undefined;
  return { kind: "latency", ...row, of: "response", ...part, toMs: 1, family: DURATION };
}

interface Ends {
  readonly side: "source" | "destination" | "waypoint";
  readonly edge: EdgeRef;
}

function endsOf(labels: Labels, target: TargetLabels, known: Protocol | undefined): Result<Ends, RefusalCode> {
  const own = isZtunnel(target) ? placeOf(target) : target;
  const side = reporterOf(labels, own);
  if (side === undefined) return err("no_reporter");
  const source = sourceOf(labels, own, side === "source");
  if (!source.ok) return source;
  const destination = destinationOf(labels, own, side === "destination");
  if (!destination.ok) return destination;
  const protocol = known ?? protocolOf(labels);
  const layer = protocol === "tcp" ? "L4" : "L7";
  return ok({ side, edge: { source: source.value, target: destination.value, protocol, layer } });
}

export function adaptStandard(series: Series, target: TargetLabels): Adapted {
  const { name, labels } = series;
  const known = FAMILIES.get(name);
  if (known === undefined) return means();
  const ends = endsOf(labels, target, known.protocol);
  if (!ends.ok) return refuses(ends.error);
  const { side, edge } = ends.value;
  const ztunnel = isZtunnel(target);
  const fromSource = side === "source";
  const alone = destinationUnknown(labels) || neverArrived(flagsOf(labels.get("response_flags") ?? ""));
  const reporter: Reporter = fromSource && alone ? "sourceOnly" : side;
  if (known.family === "latency") {
    const meaning = latencyOf(series, { edge, reporter });
    return meaning === undefined ? refuses("bad_labels") : means(meaning);
  }
  const principals = principalsOf(labels);
  const own = side === "waypoint" ? ownWorkload(target, "istio") : undefined;
  const row = {
    kind: "counter",
    edge,
    reporter,
    family: name.replace(/_sum$/, ""),
    ...(principals === undefined ? {} : { principals }),
    ...(own === undefined ? {} : { via: workloadKey(own) }),
    ...(ztunnel && edge.layer === "L4" ? { below: true as const } : {}),
  } as const;
  const measures = measuresOf(known.family, labels, { fromSource, knows: ztunnel || !fromSource, ztunnel });
  return means(...measures.map((measure) => ({ ...row, measure })));
}
