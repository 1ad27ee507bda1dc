/**
 * The service of a Zipkin span. In: localEndpoint.serviceName (empty when the tracer sends none, as a stock Envoy
 * without a `--service-cluster` does) and the tags. Out: a name, never empty: Istio's canonical service with its
 * namespace, else the proxy's workload from `node_id`, else OpenTelemetry's `unknown_service`, with the sender's
 * component where a tag has it, so that nameless proxies do not fall together with nameless applications.
 */
import type { Attributes } from "../../model/span.ts";
import { UNKNOWN_SERVICE } from "../otlp/to-span.ts";
import { textOf } from "../otlp/wire-text.ts";

const SENTINELS = new Set(["", "-", "unknown"]);
const LONGEST_SENTINEL = "unknown".length;

function text(attributes: Attributes, key: string): string {
  const value = attributes.get(key);
  return typeof value === "string" && !SENTINELS.has(value) ? value : "";
}

/** `sidecar~10.244.0.14~web-79788cd94-wgmsp.shop~shop.svc.cluster.local` → its pod's namespace. */
function istioNamespace(nodeId: string): string {
  const parts = nodeId.split("~");
  return parts.length === 4 ? (/\.([^.]+)$/.exec(parts[2] ?? "")?.[1] ?? "") : "";
}

/** Whether `bytes[from, to)` is a name, and no word for none. */
export function isNamed(bytes: Uint8Array, from: number, to: number): boolean {
  return to - from > LONGEST_SENTINEL || !SENTINELS.has(textOf(bytes, from, to));
}

export function zipkinService(named: string, attributes: Attributes): string {
  if (!SENTINELS.has(named)) return named;
  const canonical = text(attributes, "istio.canonical_service");
  const nodeId = text(attributes, "node_id");
  if (canonical !== "") {
    const namespace = text(attributes, "istio.namespace") || istioNamespace(nodeId);
    return namespace === "" ? canonical : `${canonical}.${namespace}`;
  }
  if (nodeId !== "" && !nodeId.includes("~")) return nodeId;
  const component = text(attributes, "component");
  return component === "" ? UNKNOWN_SERVICE : `${UNKNOWN_SERVICE}:${component}`;
}
