/**
 * Spans as proxies and apps make them. In: what happened at one hop. Out: canonical spans with the tags that Envoy,
 * Istio and an OpenTelemetry SDK set. Ids come from the seed; times are Unix, on whole microseconds, so that every
 * export format says the same. All proxy tags are strings, as Envoy writes them; an app's keep their types.
 */
import { assert } from "../base/result.ts";
import {
  type AttributeValue,
  parseSpanId,
  parseTraceId,
  type Span,
  type SpanKind,
  type TraceId,
} from "../model/span.ts";
import { hexDigits } from "./draw.ts";
import { styleOf } from "./envoy-styles.ts";
import type { Pod, SpanRef } from "./hop.ts";
import { LINKERD_SERVICE, linkerdResource } from "./linkerd-span.ts";
import type { SpanFormat } from "./spec.ts";

export interface WorldSpan {
  readonly span: Span;
  readonly format: SpanFormat;
  readonly pod: Pod;
  /** Who makes it: the proxy, or the app's SDK. */
  readonly by: "proxy" | "app";
}

export interface HopSpan {
  readonly ref: SpanRef;
  readonly shared: boolean;
  readonly kind: "client" | "server";
  readonly pod: Pod;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly error: boolean;
  /** Tags beyond those every proxy span has. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface AppSpan {
  readonly ref: SpanRef;
  readonly kind: SpanKind;
  readonly pod: Pod;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly error: boolean;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** The `service.name` of a proxy's span and of its app's: `<app>.<namespace>` in Istio, the app's name elsewhere. */
export function serviceNameOf(pod: Pod): string {
  const { service, namespace } = pod.workload;
  const dialect = pod.proxy?.dialect;
  return dialect === "istio" || dialect === "ambient" || dialect === "ztunnel" ? `${service}.${namespace}` : service;
}

export function nodeId(pod: Pod): string {
  const { name, ip, workload } = pod;
  const style = styleOf(pod.role, workload);
  if (style !== null) return style.node(pod).id;
  const role = pod.role === "gateway" ? "router" : pod.role;
  return `${role}~${ip}~${name}.${workload.namespace}~${workload.namespace}.svc.cluster.local`;
}

/** Half-way through a migration, only the replicas still on App Mesh's agent speak protobuf to Zipkin. */
function formatOf(pod: Pod): SpanFormat {
  const { format } = pod.workload;
  return format === "zipkinProto" && pod.role !== "appmesh" && pod.role !== "serviceConnect" ? "zipkin" : format;
}

function envoyTags(pod: Pod): [string, string][] {
  return [
    ["component", "proxy"],
    ["node_id", nodeId(pod)],
    ["zone", pod.proxy?.dialect === "envoy" ? "rack-1" : "eu-1a"],
  ];
}

function istioTags(pod: Pod): [string, string][] {
  const { service, version, namespace, cluster } = pod.workload;
  return [
    ["istio.canonical_service", service],
    ["istio.canonical_revision", version],
    ["istio.mesh_id", "cluster.local"],
    ["istio.namespace", namespace],
    ["istio.cluster_id", cluster],
  ];
}

export class TraceRecorder {
  readonly spans: WorldSpan[] = [];
  readonly traceId: TraceId;
  private readonly originMs: number;
  private readonly seed: number;
  private ids = 0;

  /** `originMs`: Unix time of the world's beginning. `short`: a 64-bit trace id, as stock Envoy makes. */
  constructor(originMs: number, seed: number, index: number, short: boolean) {
    const id = parseTraceId(hexDigits(seed, index, short ? 16 : 32));
    assert(id !== undefined, "a trace id is not zero");
    this.traceId = id;
    this.originMs = originMs;
    this.seed = seed ^ index;
  }

  ref(parent: SpanRef | undefined): SpanRef {
    const id = parseSpanId(hexDigits(this.seed, ++this.ids, 16));
    assert(id !== undefined, "a span id is not zero");
    return { id, parent: parent?.id };
  }

  private ns(worldMs: number): bigint {
    return BigInt(Math.round(this.originMs * 1000 + worldMs * 1000)) * 1000n;
  }

  private base(ref: SpanRef, startMs: number, endMs: number) {
    const startNs = this.ns(startMs);
    return {
      traceId: this.traceId,
      spanId: ref.id,
      ...(ref.parent === undefined ? {} : { parentSpanId: ref.parent }),
      startNs,
      durationNs: this.ns(endMs) - startNs,
      links: [],
    };
  }

  hop(hop: HopSpan): void {
    const { pod } = hop;
    const linkerd = pod.proxy?.dialect === "linkerd";
    const tags: [string, AttributeValue][] = [...(linkerd ? [] : envoyTags(pod)), ...Object.entries(hop.tags)];
    if (pod.proxy?.dialect === "istio") tags.push(...istioTags(pod));
    if (hop.error && !linkerd) tags.push(["error", "true"]);
    const service = linkerd
      ? LINKERD_SERVICE
      : (styleOf(pod.role, pod.workload)?.node(pod).cluster ?? serviceNameOf(pod));
    const span: Span = {
      ...this.base(hop.ref, hop.startMs, hop.endMs),
      shared: hop.shared,
      kind: hop.kind,
      service,
      operation: hop.name,
      status: hop.error ? "error" : "unset",
      attributes: new Map(tags),
      resource: linkerd ? linkerdResource(pod) : new Map([["service.name", service]]),
      events: [],
    };
    this.spans.push({ span, format: formatOf(pod), pod, by: "proxy" });
  }

  app(app: AppSpan): void {
    const { pod } = app;
    const { service, namespace, version, format } = pod.workload;
    const events = app.error
      ? [{ timeNs: this.ns(app.endMs), name: "exception", attributes: new Map([["exception.type", "UpstreamError"]]) }]
      : [];
    const span: Span = {
      ...this.base(app.ref, app.startMs, app.endMs),
      shared: false,
      kind: app.kind,
      service: serviceNameOf(pod),
      operation: app.name,
      status: app.error ? "error" : "unset",
      attributes: new Map(Object.entries(app.attributes)),
      resource: new Map<string, AttributeValue>([
        ["service.name", serviceNameOf(pod)],
        ["service.version", version],
        ["service.instance.id", pod.name],
        ["k8s.namespace.name", namespace],
        ["k8s.pod.name", pod.name],
        ["telemetry.sdk.language", service === "web" ? "nodejs" : "java"],
        ["telemetry.sdk.name", "opentelemetry"],
        ["telemetry.sdk.version", "1.52.0"],
      ]),
      scope: { name: `${service}.instrumentation`, version: "1.4.0" },
      events,
    };
    // An SDK does not speak Zipkin here: the app of a Zipkin proxy exports as the estate's other SDKs do.
    this.spans.push({ span, format: format === "otlpJson" ? format : "otlpProto", pod, by: "app" });
  }
}
