"use client";
/** One service whole: its health and traffic, versions, callers and calls, latency over time, security, traces. */
import Link from "next/link";
import type { EntityAnswer } from "../../lib/query/schema/entity.ts";
import { percent, plain, quantileMs, ratePerSec } from "../../lib/view/format.ts";
import { healthReasons } from "../../lib/view/health-words.ts";
import { span } from "../../lib/view/time.ts";
import { linkTo, queryText } from "../../lib/view/url-state.ts";
import { asFailure } from "../data/api.ts";
import { useService } from "../data/queries.ts";
import { useViewState } from "../data/use-view-state.ts";
import { FailureNotice } from "../shell/FailureNotice.tsx";
import { PanelSeries } from "../shell/PanelSeries.tsx";
import { SameAsButton } from "../shell/SameAs.tsx";
import { StaleNote } from "../shell/StaleNote.tsx";
import { Chip } from "../ui/Chip.tsx";
import { cx } from "../ui/cx.ts";
import { Num } from "../ui/Num.tsx";
import { Fact, Section } from "../ui/Section.tsx";
import { SkeletonRows } from "../ui/Skeleton.tsx";
import { StateMark, troubleText } from "../ui/StateMark.tsx";
import { TcpFact } from "../ui/TcpFact.tsx";
import { ServiceCertificates } from "./ServiceCertificates.tsx";
import { ServiceEdges } from "./ServiceEdges.tsx";
import { ServiceHeat } from "./ServiceHeat.tsx";
import { ServiceSecurity } from "./ServiceSecurity.tsx";
import { ServiceTraces } from "./ServiceTraces.tsx";
import { ServiceVersions } from "./ServiceVersions.tsx";

function Head({ answer }: { readonly answer: EntityAnswer }) {
  const [state] = useViewState();
  const { node, meshes, window } = answer;
  const reasons = healthReasons(node.health);
  const path = `/services/${node.id}${queryText({ start: window.start, end: window.end })}`;
  return (
    <header className="flex flex-col gap-1">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h1 className="min-w-0 break-words text-lg font-semibold">{node.name}</h1>
        {meshes.map((mesh) => (
          <Chip key={mesh} title="mesh">
            {mesh}
          </Chip>
        ))}
        <span className="text-quiet">{[node.namespace, node.cluster].filter((part) => part !== "").join(" · ")}</span>
        <span className="flex-1" />
        <Link
          href={linkTo("/", { ...state, view: "service" }, { node: node.id })}
          className="underline underline-offset-2 hover:text-accent"
        >
          On the map
        </Link>
        <SameAsButton path={path} />
      </div>
      <p>
        <StateMark state={node.health.state} />
        {reasons.length === 0 ? null : <span className="text-quiet">: {reasons.join("; ")}</span>}
        <span className="text-quiet">
          {" "}
          · {span(window.start, window.end, Date.now())} · {plain(percent(answer.completeness.observedShare))} observed
        </span>
      </p>
    </header>
  );
}

function Traffic({ answer }: { readonly answer: EntityAnswer }) {
  const { node, latencyMs, absent } = answer;
  const { inbound, outbound } = node;
  const quantile = (name: "p50" | "p95" | "p99") =>
    quantileMs(latencyMs?.[name], latencyMs?.known[name], absent?.["latencyMs"]);
  const figures = {
    requestsPerSec: <Num figure={ratePerSec(inbound.requestsPerSec, inbound.absent?.["requestsPerSec"])} />,
    errorRatio: (
      <Num
        figure={percent(inbound.errorRatio, inbound.absent?.["errorRatio"])}
        className={troubleText(node.health.state)}
      />
    ),
    p95: <Num figure={quantile("p95")} />,
  };
  return (
    <Section title="What comes in">
      <PanelSeries of={{ node: node.id }} figures={figures} />
      <Fact name="p50">
        <Num figure={quantile("p50")} />
      </Fact>
      <Fact name="p99">
        <Num figure={quantile("p99")} />
      </Fact>
      <TcpFact of={inbound} />
      <Fact name="goes out">
        <Num figure={ratePerSec(outbound.requestsPerSec, outbound.absent?.["requestsPerSec"])} />
      </Fact>
    </Section>
  );
}

export function ServicePage({ id }: { readonly id: string }) {
  const [state] = useViewState();
  const { data, error, isPlaceholderData, dataUpdatedAt, refetch } = useService(id, state);
  const failure = asFailure(error);
  const retry = () => void refetch();
  if (data === undefined) {
    if (failure === null) return <SkeletonRows rows={12} />;
    return <FailureNotice title="This service is not there" failure={failure} onRetry={retry} />;
  }
  return (
    <div className="flex h-full min-h-0 flex-col">
      {failure === null ? null : <StaleNote failure={failure} receivedAtMs={dataUpdatedAt} onRetry={retry} />}
      <div
        aria-busy={isPlaceholderData}
        className={cx("min-h-0 flex-1 overflow-y-auto", isPlaceholderData && "opacity-55")}
      >
        <div className="flex flex-col gap-6 p-4">
          <Head answer={data} />
          <div className="grid gap-6 xl:grid-cols-[minmax(0,1fr)_340px]">
            <div className="flex min-w-0 flex-col gap-6">
              <ServiceVersions answer={data} />
              <ServiceHeat answer={data} />
              <ServiceEdges answer={data} side="inbound" />
              <ServiceEdges answer={data} side="outbound" />
            </div>
            <div className="flex min-w-0 flex-col gap-6">
              <Traffic answer={data} />
              <ServiceTraces node={data.node.id} />
              <ServiceSecurity security={data.security} />
              <ServiceCertificates answer={data} />
            </div>
          </div>
        </div>
      </div>
    </div>
  );
}
