"use client";
/** Which mesh, cluster and namespace: offered from what the estate holds, chosen in the URL. */
import { useScopeOptions } from "../data/queries.ts";
import { useViewState } from "../data/use-view-state.ts";
import { MultiSelect } from "../ui/MultiSelect.tsx";

function distinct(values: readonly (string | null | undefined)[]): readonly string[] {
  return [...new Set(values.filter((v): v is string => v !== null && v !== undefined && v !== ""))].sort();
}

export function ScopeSelects() {
  const [state, update] = useViewState();
  const { data } = useScopeOptions();
  const nodes = data?.nodes ?? [];
  const meshes = distinct(nodes.flatMap((n) => n.meshes ?? [n.mesh]));
  const clusters = distinct(nodes.map((n) => n.cluster));
  const namespaces = distinct(nodes.map((n) => n.namespace));
  return (
    <>
      <MultiSelect name="mesh" options={meshes} chosen={state.meshes} onChange={(v) => update({ meshes: v })} />
      <MultiSelect
        name="cluster"
        options={clusters}
        chosen={state.clusters}
        onChange={(v) => update({ clusters: v })}
      />
      <MultiSelect
        name="namespace"
        options={namespaces}
        chosen={state.namespaces}
        onChange={(v) => update({ namespaces: v })}
      />
    </>
  );
}
