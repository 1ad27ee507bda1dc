"use client";
/** Which columns a table of the map has, in the URL; as long as nobody chose, all but those that have to be asked for. */
import { useMemo } from "react";
import { formatList, parseList } from "../../lib/view/url-state.ts";
import { useParam } from "../data/use-view-state.ts";

export function useColumns(known: readonly string[], unasked: ReadonlySet<string>) {
  const [chosen, set] = useParam("columns");
  const shown = useMemo(() => {
    const wanted = new Set(parseList(chosen));
    const found = known.filter((id) => wanted.has(id));
    return new Set(found.length > 0 ? found : known.filter((id) => !unasked.has(id)));
  }, [chosen, known, unasked]);
  return [shown, (next: ReadonlySet<string>) => set(formatList([...next]))] as const;
}
