"use client";
/** A release on an edge: the share of each version now, desired and observed, and both over time with the way to its page. */
import Link from "next/link";
import type { EdgeDetail, GraphNode } from "../../lib/query/schema/graph.ts";
import { percent } from "../../lib/view/format.ts";
import { nearTo, releaseOf } from "../../lib/view/rollout/edge-split.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { useRolloutDetails, useRollouts } from "../data/rollouts.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Num } from "../ui/Num.tsx";
import { Fact, Section } from "../ui/Section.tsx";
import { ShareOverTime } from "../ui/ShareOverTime.tsx";

/** Rollouts near one node that are asked for whole, at most; of more, none is drawn. */
const MOST_ASKED = 12;

type Arms = NonNullable<EdgeDetail["split"]>;

function OverTime({ arms, target }: { readonly arms: Arms; readonly target: GraphNode }) {
  const [view] = useViewState();
  const { data } = useRollouts(view);
  const near = nearTo(target, data?.rollouts ?? []);
  const details = useRolloutDetails(near.length > MOST_ASKED ? [] : near.map(({ id }) => id));
  const release = releaseOf(
    arms.map(({ version }) => version),
    details,
  );
  if (release === undefined) {
    return (
      <Link href={linkTo("/rollouts", view)} className="text-accent underline">
        Over time, and what may be done: rollouts
      </Link>
    );
  }
  return (
    <>
      <ShareOverTime series={release.series} name={`Share of ${release.name} over time`} />
      <Link href={linkTo(`/rollouts/${encodeURIComponent(release.id)}`, view)} className="text-accent underline">
        What may be done: {release.name}
      </Link>
    </>
  );
}

export function Split({ edge, target }: { readonly edge: EdgeDetail; readonly target: GraphNode }) {
  if (edge.split === undefined || edge.split.length === 0) return null;
  return (
    <Section title="Split" aside="desired · observed">
      {edge.split.map(({ version, desired, observed }) => (
        <Fact key={version} name={version}>
          <Num figure={percent(desired)} />
          <span className="text-quiet"> · </span>
          <Num figure={percent(observed)} />
        </Fact>
      ))}
      <OverTime arms={edge.split} target={target} />
    </Section>
  );
}
