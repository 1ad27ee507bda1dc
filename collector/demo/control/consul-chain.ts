/** The compiled discovery chain of a service: splitter over resolvers. In: entries; out: `Chain` as Consul answers it. */
import type { ConsulEntries } from "./consul-entries.ts";
import { type JsonObject, listOf, numberAt, textAt } from "./document.ts";

const PLACE = "default.default";

export function chainOf(entries: ConsulEntries, service: string, datacenter: string): JsonObject {
  const splits = listOf(entries.read("service-splitter", service)?.["Splits"]);
  const arms = splits.length === 0 ? [{ Weight: 100 }] : splits;
  const targetOf = (split: (typeof arms)[number]): string => {
    const subset = textAt(split, "ServiceSubset");
    return `${subset === "" ? "" : `${subset}.`}${textAt(split, "Service") || service}.${PLACE}.${datacenter}`;
  };
  const resolvers = arms.map((split) => {
    const target = targetOf(split);
    const node: JsonObject = { Type: "resolver", Name: target, Resolver: { Target: target, ConnectTimeout: "5s" } };
    return [`resolver:${target}`, node] as const;
  });
  const splitter = `splitter:${service}.${PLACE}`;
  const node: JsonObject = {
    Type: "splitter",
    Name: `${service}.${PLACE}`,
    Splits: arms.map((split) => ({ Weight: numberAt(split, "Weight") ?? 0, NextNode: `resolver:${targetOf(split)}` })),
  };
  const isSplit = splits.length > 0;
  return {
    ServiceName: service,
    Namespace: "default",
    Datacenter: datacenter,
    Protocol: textAt(entries.read("service-defaults", service), "Protocol") || "tcp",
    StartNode: isSplit ? splitter : (resolvers[0]?.[0] ?? ""),
    Nodes: { ...(isSplit ? { [splitter]: node } : {}), ...Object.fromEntries(resolvers) },
  };
}
