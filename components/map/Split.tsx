"use client";
/** A release on an edge: the share of each version now, desired and observed, and both over time with the way to its page. */
import Link from "next/link";
import type { EdgeDetail } from "../../lib/query/schema/graph.ts";
import { percent } from "../../lib/view/format.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { useRollout } from "../data/rollouts.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Num } from "../ui/Num.tsx";
import { Fact, Section } from "../ui/Section.tsx";
import { ShareOverTime } from "../ui/ShareOverTime.tsx";

type Arms = NonNullable<EdgeDetail["split"]>;
type Release = NonNullable<Arms[number]["release"]>;

/** Each once: an edge may lead to versions of two releases. */
function releasesOf(arms: Arms): readonly Release[] {
  const byKey = new Map(arms.flatMap(({ release }) => (release ? [[JSON.stringify(release), release] as const] : [])));
  return [...byKey.values()];
}

function OverTime({ release: { rollout, route } }: { readonly release: Release }) {
  const [view] = useViewState();
  const { data } = useRollout(rollout);
  const series = data?.splits?.find((split) => split.route === route);
  return (
    <>
      {series === undefined ? null : <ShareOverTime series={series} name={`Share of ${data?.name} over time`} />}
      <Link href={linkTo(`/rollouts/${encodeURIComponent(rollout)}`, view)} className="text-accent underline">
        What may be done: {data?.name ?? rollout}
      </Link>
    </>
  );
}

export function Split({ edge }: { readonly edge: EdgeDetail }) {
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
      {releasesOf(edge.split).map((release) => (
        <OverTime key={`${release.rollout} ${release.route}`} release={release} />
      ))}
    </Section>
  );
}
