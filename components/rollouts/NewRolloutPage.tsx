"use client";
/** A new release: the form, what it would write, how long its judge needs, its YAML, and the start. Nothing is written before. */
import { ArrowLeft } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import type { Service } from "../../lib/query/schema/estate.ts";
import { adviceFor } from "../../lib/view/failure-words.ts";
import { definitionYaml } from "../../lib/view/rollout/definition-yaml.ts";
import { comparedShares, type Draft, type DraftBody, draftBody, EMPTY_DRAFT } from "../../lib/view/rollout/draft.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { type ApiFailure, asFailure } from "../data/api.ts";
import { useServices } from "../data/lists.ts";
import { usePreview, useStart } from "../data/new-rollout.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Button } from "../ui/Button.tsx";
import { CodeLine } from "../ui/CodeLine.tsx";
import { Section } from "../ui/Section.tsx";
import { DraftFields } from "./DraftFields.tsx";
import { Folder } from "./Folder.tsx";
import { PreviewAnswer } from "./PreviewAnswer.tsx";
import { TimeToTell } from "./TimeToTell.tsx";

function Refused({ failure }: { readonly failure: ApiFailure }) {
  return (
    <p role="alert" className="text-failing-text">
      {failure.message}. {adviceFor(failure.code)} <code className="font-mono text-xs">{failure.code}</code>
    </p>
  );
}

/** Of the service now: a service that fails nothing is asked about as if it failed one in a thousand. */
function levelOf(service: Service | undefined) {
  if (service === undefined) return { requestsPerSec: null, badShare: null };
  const { requestsPerSec, errorRatio } = service.inbound;
  return { requestsPerSec, badShare: errorRatio === null ? null : Math.max(errorRatio, 0.001) };
}

interface AsideProps {
  readonly draft: Draft;
  readonly made: DraftBody;
  readonly service: Service | undefined;
}

function Aside({ draft, made, service }: AsideProps) {
  const level = levelOf(service);
  return (
    <>
      <Section title="How long the judge needs">
        {level.requestsPerSec === null ? (
          <p className="text-quiet">
            {draft.service === ""
              ? "Name the service: its traffic says it."
              : "No traffic of this service is seen now."}
          </p>
        ) : (
          <TimeToTell shares={comparedShares(draft)} {...level} />
        )}
      </Section>
      <Section title="As YAML, for Git or the definitions folder">
        {made.ok ? (
          <CodeLine text={definitionYaml(made.written)} label="the YAML" />
        ) : (
          <p className="text-quiet">Still missing: {made.missing.join(", ")}.</p>
        )}
      </Section>
    </>
  );
}

export function NewRolloutPage() {
  const [view] = useViewState();
  const router = useRouter();
  const [draft, setDraft] = useState(EMPTY_DRAFT);
  const { data: list } = useServices(view);
  const preview = usePreview();
  const start = useStart();
  const made = draftBody(draft);
  const service = list?.services.find(({ name }) => name === draft.service);
  const failure = asFailure(start.error ?? preview.error);
  const change = (next: Draft) => {
    setDraft(next);
    preview.reset();
    start.reset();
  };
  const look = (event: FormEvent) => {
    event.preventDefault();
    if (made.ok) preview.mutate(made.body);
  };
  const begin = () => {
    if (!made.ok) return;
    start.mutate(made.body, {
      onSuccess: ({ id }) => router.push(linkTo(`/rollouts/${encodeURIComponent(id)}`, view)),
    });
  };
  const canStart = made.ok && preview.data?.canStart === true;
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto grid max-w-6xl gap-x-10 gap-y-6 p-4 sm:p-6 lg:grid-cols-2">
        <header className="flex flex-col gap-1 lg:col-span-2">
          <Link href={linkTo("/rollouts", view)} className="flex items-center gap-1.5 self-start text-quiet">
            <ArrowLeft size={14} aria-hidden="true" /> All rollouts
          </Link>
          <h1 className="text-lg font-semibold">New rollout</h1>
        </header>
        <form aria-label="New rollout" onSubmit={look} className="flex min-w-0 flex-col gap-6">
          <Folder />
          <DraftFields
            draft={draft}
            onDraft={change}
            services={(list?.services ?? []).map(({ name }) => name)}
            requestsPerSec={levelOf(service).requestsPerSec}
          />
          <div className="flex flex-wrap gap-2">
            <Button
              type="submit"
              variant={canStart ? "outline" : "primary"}
              disabled={!made.ok || preview.isPending}
              className="h-9"
            >
              {preview.isPending ? "Looking…" : "Show what it would write"}
            </Button>
            <Button
              variant={canStart ? "primary" : "outline"}
              disabled={!canStart || start.isPending}
              aria-describedby="start-cause"
              onClick={begin}
              className="h-9"
            >
              {start.isPending ? "Starting…" : "Start it"}
            </Button>
          </div>
          <p id="start-cause" className="text-xs text-quiet">
            {canStart
              ? "Starting it writes nothing by itself before its first step."
              : "It starts once it was looked at and nothing speaks against it."}
          </p>
          {failure === null ? null : <Refused failure={failure} />}
        </form>
        <div className="flex min-w-0 flex-col gap-6 lg:sticky lg:top-4 lg:max-h-[calc(100dvh-8rem)] lg:self-start lg:overflow-y-auto">
          {preview.data === undefined ? null : <PreviewAnswer preview={preview.data} />}
          <Aside draft={draft} made={made} service={service} />
        </div>
      </div>
    </div>
  );
}
