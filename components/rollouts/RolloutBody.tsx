"use client";
/**
 * One rollout: what it is, what may be done with it, its steps, whether the traffic moved, whether the canary is as good,
 * its pods. On a narrow screen what may be done stands before all evidence; on a wide one it stays at the right.
 */
import type { RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import { age, plain } from "../../lib/view/format.ts";
import { meshWords } from "../../lib/view/mesh-words.ts";
import { OVER } from "../../lib/view/rollout/act.ts";
import { STATE_LOOKS } from "../../lib/view/rollout/words.ts";
import { rolloutPath } from "../data/rollouts.ts";
import { useMedia } from "../data/use-media.ts";
import { useNow } from "../data/use-now.ts";
import { SameAsButton } from "../shell/SameAs.tsx";
import { Chip } from "../ui/Chip.tsx";
import { cx } from "../ui/cx.ts";
import { Section } from "../ui/Section.tsx";
import { LookMark } from "../ui/StateMark.tsx";
import { ActPanel } from "./ActPanel.tsx";
import { Evidence } from "./Evidence.tsx";
import { History } from "./History.tsx";
import { LatencyArms } from "./LatencyArms.tsx";
import { Owner } from "./Owner.tsx";
import { OwnerSays } from "./OwnerSays.tsx";
import { Pods } from "./Pods.tsx";
import { Replay } from "./Replay.tsx";
import { Routes } from "./Routes.tsx";
import { Steps } from "./Steps.tsx";

/** Where its control plane does not answer: of when all of this is. */
function LastSeen({ rollout: { seenMs } }: { readonly rollout: RolloutDetail }) {
  const now = useNow(1_000);
  if (seenMs === undefined) return null;
  return (
    <span role="status" className="text-degraded-text" suppressHydrationWarning>
      ~ the mesh as of {plain(age(Math.max(0, now - seenMs)))} ago
    </span>
  );
}

function Head({ rollout }: { readonly rollout: RolloutDetail }) {
  const [first] = rollout.routes;
  return (
    <header className="flex flex-col gap-0.5 px-4 pb-1 pt-4 sm:px-6">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <h2 className="text-lg font-semibold [overflow-wrap:anywhere]">{rollout.name}</h2>
        <LookMark look={STATE_LOOKS[rollout.state]} />
        <LastSeen rollout={rollout} />
        {rollout.owner.kind === "meshscope" ? null : (
          <Chip tone="accent">{rollout.owner.ref ?? rollout.owner.kind}</Chip>
        )}
      </div>
      <p className="text-quiet [overflow-wrap:anywhere]">
        {first === undefined ? rollout.service : `${first.stable} → ${first.canary}`} · {rollout.namespace} ·{" "}
        {rollout.cluster} · {meshWords(rollout.mesh)}
      </p>
    </header>
  );
}

function Looked({ rollout }: { readonly rollout: RolloutDetail }) {
  return (
    <>
      <Steps steps={rollout.steps} isOver={OVER.has(rollout.state)} />
      <Section title="Share of traffic on the new version">
        <Routes rollout={rollout} />
      </Section>
      <Section title="Is the new version as good as the old one?">
        <Evidence rollout={rollout} />
        {rollout.owned === undefined ? <Replay id={rollout.id} /> : null}
      </Section>
      {rollout.latency === null ? null : (
        <Section title="Latency of both, in the same time">
          <LatencyArms latency={rollout.latency} />
        </Section>
      )}
      {rollout.pods.length === 0 ? null : (
        <Section title="Pods">
          <Pods pods={rollout.pods} />
        </Section>
      )}
      {rollout.owned === undefined ? null : <OwnerSays owned={rollout.owned} />}
      <Owner rollout={rollout} />
    </>
  );
}

interface RolloutBodyProps {
  readonly rollout: RolloutDetail;
  /** What is shown is old: dimmed, and still there. */
  readonly isStale: boolean;
}

export function RolloutBody({ rollout, isStale }: RolloutBodyProps) {
  const isWide = useMedia("(min-width: 1024px)");
  const end = (
    <>
      <History entries={rollout.history} />
      <div>
        <SameAsButton path={rolloutPath(rollout.id)} />
      </div>
    </>
  );
  return (
    <article className="min-h-0 flex-1 overflow-y-auto lg:[container-type:size]">
      <div className="lg:grid lg:grid-cols-[minmax(0,1fr)_340px] lg:grid-rows-[auto_1fr]">
        <Head rollout={rollout} />
        <aside
          aria-label="What may be done"
          className="flex flex-col gap-5 p-4 sm:px-6 lg:sticky lg:top-0 lg:col-start-2 lg:row-span-2 lg:row-start-1 lg:h-[100cqh] lg:overflow-y-auto lg:border-l lg:border-line lg:bg-panel lg:px-4"
        >
          <ActPanel rollout={rollout} />
          {isWide ? end : null}
        </aside>
        <div className={cx("flex min-w-0 flex-col gap-6 p-4 pt-3 sm:px-6", isStale && "opacity-55")}>
          <Looked rollout={rollout} />
          {isWide ? null : end}
        </div>
      </div>
    </article>
  );
}
