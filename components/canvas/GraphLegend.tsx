"use client";
/** Explains exactly the marks now on the screen: lists by group, a small drawing and words each. */
import type { LegendEntry } from "../../lib/view/graph/legend.ts";
import { LegendMarkSvg } from "./LegendMark.tsx";

const GROUPS = ["Nodes", "Meshes", "Health", "Edges", "Locks"] as const;

export function GraphLegend({ entries }: { readonly entries: readonly LegendEntry[] }) {
  return (
    <div className="grid gap-x-6 gap-y-3 text-xs sm:grid-cols-2">
      {GROUPS.map((group) => {
        const own = entries.filter((entry) => entry.group === group);
        if (own.length === 0) return null;
        return (
          <section key={group}>
            <h3 className="mb-1 font-medium text-quiet">{group}</h3>
            <ul className="grid gap-1">
              {own.map((entry) => (
                <li key={entry.key} className="flex items-center gap-2">
                  <LegendMarkSvg draw={entry.draw} />
                  <span>{entry.text}</span>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}
