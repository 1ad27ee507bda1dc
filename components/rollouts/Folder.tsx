"use client";
import { useRouter } from "next/navigation";
/** Definitions that stand in the folder of the configuration: what may be started, and what is wrong with which file. */
import { useState } from "react";
import { linkTo } from "../../lib/view/url-state.ts";
import { asFailure } from "../data/api.ts";
import { useDefinitionPreview, useDefinitions, useStartDefinition } from "../data/new-rollout.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Button } from "../ui/Button.tsx";
import { Section } from "../ui/Section.tsx";
import { PreviewAnswer } from "./PreviewAnswer.tsx";

function Chosen({ id }: { readonly id: string }) {
  const [view] = useViewState();
  const router = useRouter();
  const { data, error } = useDefinitionPreview(id);
  const start = useStartDefinition(id);
  const failure = asFailure(start.error ?? error);
  const begin = () =>
    start.mutate(undefined, {
      onSuccess: () => router.push(linkTo(`/rollouts/${encodeURIComponent(id)}`, view)),
    });
  return (
    <div className="flex flex-col gap-2 py-2">
      {data === undefined ? null : <PreviewAnswer preview={data} />}
      {failure === null ? null : (
        <p role="alert" className="text-failing-text">
          {failure.message} <code className="font-mono text-xs">{failure.code}</code>
        </p>
      )}
      <Button
        variant="primary"
        className="h-9 self-start"
        disabled={data?.canStart !== true || start.isPending}
        onClick={begin}
      >
        Start {id}
      </Button>
    </div>
  );
}

export function Folder() {
  const { data } = useDefinitions();
  const [chosen, setChosen] = useState<string | null>(null);
  if (data === undefined || data.definitions.length + data.errors.length === 0) return null;
  return (
    <Section title="In the definitions folder">
      <ul>
        {data.definitions.map(({ id, name, file, started }) => (
          <li key={id} className="border-b border-line py-1">
            <div className="flex flex-wrap items-baseline justify-between gap-2">
              <span>
                <span className="font-medium">{name}</span> <span className="text-quiet">{file}</span>
              </span>
              {started ? (
                <span className="text-quiet">begun</span>
              ) : (
                <Button aria-expanded={chosen === id} onClick={() => setChosen(chosen === id ? null : id)}>
                  Look at {id}
                </Button>
              )}
            </div>
            {chosen === id ? <Chosen id={id} /> : null}
          </li>
        ))}
        {data.errors.map(({ file, line, message, code }) => (
          <li key={`${file} ${line} ${code}`} className="border-b border-line py-1 text-failing-text">
            {file}
            {line === null ? "" : `, line ${line}`}: {message} <code className="font-mono text-xs">{code}</code>
          </li>
        ))}
      </ul>
    </Section>
  );
}
