/**
 * Which subsets of a host a caller's proxy knows (Istio DestinationRules). In: rules as read, the host as its full name, the
 * namespaces of the service and of the caller. Out: subsets by name with their labels, or null where no rule speaks. A
 * caller's proxy takes the rules of its own namespace, else those of the service's, else those of the root namespace, and
 * among them the most exact host; rules of one host are merged, the oldest first. A subset that is not there means 503.
 */
import { at, type JsonObject, listOf, objectOf, textOf } from "./document.ts";

export type Labels = Readonly<Record<string, string>>;
export type Subsets = ReadonlyMap<string, Labels>;

export interface ServiceHost {
  readonly name: string;
  readonly namespace: string;
}

const ROOT_NAMESPACE = "istio-system";
const IN_CLUSTER = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc\./;

/** A name without dots is of the namespace of the object that says it; others are taken as they are. */
export function fullHost(host: string, namespace: string): string {
  return host.includes(".") || host.startsWith("*") ? host : `${host}.${namespace}.svc.cluster.local`;
}

/** The Kubernetes Service behind a full name; undefined where it is none (a ServiceEntry, an outer host). */
export function serviceOf(fullName: string): ServiceHost | undefined {
  const [, name, namespace] = IN_CLUSTER.exec(fullName) ?? [];
  return name === undefined || namespace === undefined ? undefined : { name, namespace };
}

/** Whether a rule's or a route's host means this one: itself, or a wildcard of its domain. */
export function coversHost(host: string, namespace: string, fullName: string): boolean {
  const full = fullHost(host, namespace);
  return full === fullName || full === "*" || (full.startsWith("*.") && fullName.endsWith(full.slice(1)));
}

export function namespaceOf(raw: JsonObject): string {
  return textOf(at(raw, "metadata", "namespace")) ?? "";
}

/** Exported to everybody where nothing is said. */
export function isExportedTo(raw: JsonObject, namespace: string): boolean {
  const to = listOf(at(raw, "spec", "exportTo"));
  const own = namespaceOf(raw) === namespace;
  return to.length === 0 || to.includes("*") || to.includes(namespace) || (own && to.includes("."));
}

function hostOf(rule: JsonObject): string {
  return fullHost(textOf(at(rule, "spec", "host")) ?? "", namespaceOf(rule));
}

export function labelsOf(value: JsonObject | undefined): Labels {
  const labels: Record<string, string> = {};
  for (const [key, label] of Object.entries(value ?? {})) if (typeof label === "string") labels[key] = label;
  return labels;
}

function merged(rules: readonly JsonObject[]): Subsets {
  const age = (rule: JsonObject): string => textOf(at(rule, "metadata", "creationTimestamp")) ?? "";
  const subsets = new Map<string, Labels>();
  for (const rule of [...rules].sort((a, b) => (age(a) < age(b) ? -1 : age(a) > age(b) ? 1 : 0)))
    for (const subset of listOf(at(rule, "spec", "subsets"))) {
      const name = textOf(at(subset, "name"));
      if (name !== undefined && !subsets.has(name)) subsets.set(name, labelsOf(objectOf(at(subset, "labels"))));
    }
  return subsets;
}

function mostExact(rules: readonly JsonObject[]): readonly JsonObject[] {
  const longest = Math.max(...rules.map((rule) => hostOf(rule).replace("*", "").length));
  return rules.filter((rule) => hostOf(rule).replace("*", "").length === longest);
}

/** As a caller in `caller` sees them. */
export function subsetsFor(
  rules: readonly JsonObject[],
  fullName: string,
  { service, caller }: { readonly service: string; readonly caller: string },
): Subsets | null {
  for (const namespace of new Set([caller, service, ROOT_NAMESPACE])) {
    const speaking = rules.filter(
      (rule) =>
        namespaceOf(rule) === namespace && coversHost(hostOf(rule), namespace, fullName) && isExportedTo(rule, caller),
    );
    if (speaking.length > 0) return merged(mostExact(speaking));
  }
  return null;
}

/** Namespaces whose own rule for the host lacks the subset, though the service's has it. */
export function shadowedIn(
  rules: readonly JsonObject[],
  fullName: string,
  subset: string,
  service: string,
): readonly string[] {
  const namespaces = [...new Set(rules.map(namespaceOf))].filter((one) => one !== service && one !== ROOT_NAMESPACE);
  return namespaces.filter((caller) => {
    const own = rules.filter((rule) => namespaceOf(rule) === caller && coversHost(hostOf(rule), caller, fullName));
    return own.length > 0 && subsetsFor(rules, fullName, { service, caller })?.has(subset) === false;
  });
}
