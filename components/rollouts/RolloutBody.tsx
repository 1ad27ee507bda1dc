"use client";
/** One rollout: what it is, its steps, whether the traffic moved, whether the canary is as good, its pods. */
import type { RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import { meshWords } from "../../lib/view/mesh-words.ts";
import { OWNER_WORDS, STATE_LOOKS } from "../../lib/view/rollout/words.ts";
import { Chip } from "../ui/Chip.tsx";
import { Section } from "../ui/Section.tsx";
import { LookMark } from "../ui/StateMark.tsx";
import { Evidence } from "./Evidence.tsx";
import { LatencyArms } from "./LatencyArms.tsx";
import { OwnerSays } from "./OwnerSays.tsx";
import { Pods } from "./Pods.tsx";
import { Routes } from "./Routes.tsx";
import { ShareOverTime } from "./ShareOverTime.tsx";
import { Steps } from "./Steps.tsx";

function Head({ rollout }: { readonly rollout: RolloutDetail }) {
  const [first] = rollout.routes;
  return (
    <header className="flex flex-col gap-1">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <h2 className="text-lg font-semibold [overflow-wrap:anywhere]">{rollout.name}</h2>
        <LookMark look={STATE_LOOKS[rollout.state]} />
        {rollout.owner.kind === "meshscope" ? null : (
          <Chip tone="accent">{rollout.owner.ref ?? rollout.owner.kind}</Chip>
        )}
      </div>
      <p className="text-quiet">
        {first === undefined ? rollout.service : `${first.stable} → ${first.canary}`} · {rollout.namespace} ·{" "}
        {rollout.cluster} · {meshWords(rollout.mesh)}
      </p>
      <p className="text-quiet" title={rollout.owner.evidence.join("; ")}>
        {OWNER_WORDS[rollout.owner.kind]}
      </p>
    </header>
  );
}

export function RolloutBody({ rollout }: { readonly rollout: RolloutDetail }) {
  return (
    <article className="flex flex-col gap-5 p-4 sm:p-6">
      <Head rollout={rollout} />
      <Steps steps={rollout.steps} />
      <Section title="Share of traffic on the new version">
        <ShareOverTime rollout={rollout} />
        <Routes rollout={rollout} />
      </Section>
      <Section title="Is the new version as good as the old one?">
        <Evidence rollout={rollout} />
      </Section>
      {rollout.owned === undefined ? null : <OwnerSays owned={rollout.owned} />}
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
    </article>
  );
}
