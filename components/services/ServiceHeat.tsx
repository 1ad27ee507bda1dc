"use client";
/** Latency over time, small: of the whole service and of each of its versions, each leading to its heatmap. */
import Link from "next/link";
import { useMemo } from "react";
import type { EntityAnswer } from "../../lib/query/schema/entity.ts";
import { durationMs, plain } from "../../lib/view/format.ts";
import { geometryOf } from "../../lib/view/heatmap/geometry.ts";
import { heatmapSummary, quantileWords } from "../../lib/view/heatmap/heatmap-words.ts";
import { presentHeatmap } from "../../lib/view/heatmap/present-heatmap.ts";
import { versionName } from "../../lib/view/services/versions.ts";
import { clock } from "../../lib/view/time.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { HeatPicture } from "../canvas/HeatPicture.tsx";
import { useSmallHeatmap } from "../data/queries.ts";
import { useViewState } from "../data/use-view-state.ts";
import { useThemeKey } from "../shell/ThemeToggle.tsx";
import { Section } from "../ui/Section.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";

function Small({ node, name }: { readonly node: string; readonly name: string }) {
  const [state] = useViewState();
  const themeKey = useThemeKey();
  const { data, isError } = useSmallHeatmap({ node }, state);
  const view = useMemo(() => (data === undefined ? null : presentHeatmap(data)), [data]);
  const geometry = useMemo(() => (view === null ? null : geometryOf(view)), [view]);
  if (view === null || geometry === null) {
    return isError ? <p className="text-quiet">{name}: not to be had now</p> : <Skeleton className="h-32 w-full" />;
  }
  const low = geometry.edgesMs[0] ?? 0;
  const high = geometry.edgesMs.at(-1) ?? 0;
  return (
    <Link href={linkTo("/heatmap", state, { node })} className="group block">
      <span className="flex items-baseline justify-between gap-2 pb-1">
        <span className="font-medium group-hover:underline">{name}</span>
        <span className="text-xs text-quiet">
          {view.of === null ? "not timed" : `${quantileWords(view.quantiles, "p95")}`}
        </span>
      </span>
      <span className="sr-only">{heatmapSummary(view, name)}</span>
      <span aria-hidden="true" className="flex h-28 gap-1.5">
        <span className="flex w-12 shrink-0 flex-col justify-between text-right text-2xs text-quiet">
          <span>{plain(durationMs(high))}</span>
          <span>{plain(durationMs(low))}</span>
        </span>
        <span className="block min-w-0 flex-1 border border-line bg-panel">
          <HeatPicture view={view} geometry={geometry} themeKey={themeKey} />
        </span>
      </span>
      <span
        aria-hidden="true"
        className="flex justify-between pl-[54px] pt-0.5 text-2xs text-quiet"
        suppressHydrationWarning
      >
        <span>{clock(view.startMs)}</span>
        <span>{clock(view.endMs)}</span>
      </span>
    </Link>
  );
}

/** Pictures beyond these would each ask for a heatmap of their own. */
const SHOWN = 6;

export function ServiceHeat({ answer }: { readonly answer: EntityAnswer }) {
  const { node, versions } = answer;
  const several = versions.length > 1 ? versions.slice(0, SHOWN) : [];
  return (
    <Section title="Latency over time">
      <div className="grid gap-x-6 gap-y-4 pt-1 sm:grid-cols-[repeat(auto-fill,minmax(300px,1fr))]">
        <Small node={node.id} name={`${node.name}, all versions`} />
        {several.map((version) => (
          <Small key={version.id} node={version.id} name={versionName(version)} />
        ))}
      </div>
      <p className="pt-2 text-xs text-quiet">
        Requests by latency, the more the further from the ground, each picture on its own scale; hatched is not
        observed. Lines: p50, p95 dashed, p99 dotted.
      </p>
      {versions.length > SHOWN ? (
        <p className="pt-1 text-quiet">
          Showing {SHOWN} of {versions.length} versions; the table has all.
        </p>
      ) : null}
    </Section>
  );
}
