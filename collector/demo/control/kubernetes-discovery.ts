/** What the simulated API server says that it serves: groups, versions and resources. In: a path; out: a document. */
import type { JsonObject } from "./document.ts";
import { ALL_KINDS, apiVersionOf, type ResourceKind } from "./kubernetes-kinds.ts";

function groupOf(group: string): JsonObject {
  const versions = [...new Set(ALL_KINDS.filter((kind) => kind.group === group).map(({ version }) => version))];
  const named = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { kind: "APIGroup", apiVersion: "v1", name: group, versions: named, preferredVersion: named[0] ?? {} };
}

function resourcesOf(kinds: readonly ResourceKind[], groupVersion: string): JsonObject {
  const entry = ({ resource, kind }: ResourceKind, verbs: readonly string[], sub = "") => ({
    name: `${resource}${sub}`,
    singularName: sub === "" ? kind.toLowerCase() : "",
    namespaced: true,
    kind,
    verbs,
  });
  const all = ["create", "delete", "get", "list", "patch", "update", "watch"];
  const resources = kinds.flatMap((kind) => [
    entry(kind, all),
    ...(kind.hasStatus ? [entry(kind, ["get", "patch", "update"], "/status")] : []),
  ]);
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources };
}

/** Undefined where the path is no question of this kind, or of nothing that is served. */
export function discoveryAnswer(path: readonly string[]): JsonObject | undefined {
  const [root, group = "", version = ""] = path;
  if (root === "api" && path.length === 1) return { kind: "APIVersions", versions: ["v1"] };
  if (root === "api" && path.length === 2 && group === "v1") {
    return resourcesOf(
      ALL_KINDS.filter((kind) => kind.group === ""),
      "v1",
    );
  }
  if (root !== "apis") return undefined;
  const groups = [...new Set(ALL_KINDS.map((kind) => kind.group))].filter((name) => name !== "");
  if (path.length === 1) return { kind: "APIGroupList", apiVersion: "v1", groups: groups.map(groupOf) };
  if (!groups.includes(group)) return undefined;
  if (path.length === 2) return groupOf(group);
  const kinds = ALL_KINDS.filter((kind) => kind.group === group && kind.version === version);
  const [first] = kinds;
  return path.length === 3 && first !== undefined ? resourcesOf(kinds, apiVersionOf(first)) : undefined;
}
