"use client";
/** What a definition would do: what speaks against it, whose routes it moves, and what each of its steps writes. */
import type { FindingAnswer, RolloutPreviewAnswer } from "../../lib/query/schema/rollout-preview.ts";
import { percent, plain } from "../../lib/view/format.ts";
import { OWNER_WORDS, REVERTER_WORDS, revertsWords } from "../../lib/view/rollout/words.ts";
import { CodeLine } from "../ui/CodeLine.tsx";
import { Section } from "../ui/Section.tsx";

const SEVERITY = {
  refuses: { mark: "×", words: "refuses", className: "text-failing-text" },
  warns: { mark: "!", words: "warns", className: "text-degraded-text" },
} as const;

function Findings({ findings }: { readonly findings: readonly FindingAnswer[] }) {
  return (
    <ul className="flex flex-col gap-1">
      {findings.map(({ code, severity, message }) => {
        const look = SEVERITY[severity];
        return (
          <li key={`${code} ${message}`} className={look.className}>
            <span aria-hidden="true" className="mr-1.5 font-mono font-semibold">
              {look.mark}
            </span>
            <span className="sr-only">{look.words}: </span>
            {message} <code className="font-mono text-xs">{code}</code>
          </li>
        );
      })}
    </ul>
  );
}

type Route = RolloutPreviewAnswer["routes"][number];

function RouteFacts({
  route: { object, mesh, cluster, share, owner, reverters, findings },
}: {
  readonly route: Route;
}) {
  return (
    <div className="flex flex-col gap-1 border-t border-line py-2">
      <p>
        <span className="font-medium [overflow-wrap:anywhere]">{object}</span>{" "}
        <span className="text-quiet">
          {cluster}
          {mesh === null ? "" : `, ${mesh}`} · new version has {plain(percent(share, "unknown"))} now ·{" "}
          {owner === null ? OWNER_WORDS.meshscope : OWNER_WORDS[owner.kind]}
        </span>
      </p>
      <Findings findings={findings} />
      {reverters.map(({ kind, ref, reverts, snippet }) => (
        <div key={`${kind} ${ref}`}>
          <p className={reverts === false ? "text-quiet" : "text-degraded-text"}>
            {REVERTER_WORDS[kind]} {ref}: {revertsWords(reverts)}
          </p>
          {snippet === null ? null : <CodeLine text={snippet} label="the snippet" />}
        </div>
      ))}
    </div>
  );
}

function Steps({ steps }: Pick<RolloutPreviewAnswer, "steps">) {
  return (
    <ol className="flex flex-col">
      {steps.map(({ index, text, writes }) => (
        <li key={index} className="flex flex-col gap-1 border-t border-line py-2">
          <p className="font-medium">
            {index + 1}. {text}
          </p>
          {writes.map(({ route, changes, warnings, request }) => (
            <div key={route} className="flex flex-col gap-1">
              <div className="rounded-md border border-line bg-box p-2 font-mono text-xs">
                {changes.map(({ object, path, before, after }) => (
                  <p key={`${object} ${path}`} className="flex flex-wrap justify-between gap-x-2">
                    <span className="min-w-0 [overflow-wrap:anywhere]">{path}</span>
                    <span>
                      {before} → {after}
                    </span>
                  </p>
                ))}
              </div>
              {warnings.map(({ code, message }) => (
                <p key={code} className="text-degraded-text">
                  {message}
                </p>
              ))}
              <details>
                <summary className="cursor-pointer text-xs text-quiet">The request itself</summary>
                <CodeLine text={request} label="the request" />
              </details>
            </div>
          ))}
        </li>
      ))}
    </ol>
  );
}

export function PreviewAnswer({ preview }: { readonly preview: RolloutPreviewAnswer }) {
  return (
    <div className="flex flex-col gap-5">
      <p role="status" className={preview.canStart ? "text-healthy-text" : "text-failing-text"}>
        {preview.canStart ? "✓ It can start. Nothing is written until you do." : "× It cannot start as it is."}
      </p>
      {preview.findings.length === 0 ? null : <Findings findings={preview.findings} />}
      <Section title="Its routes">
        {preview.routes.map((route) => (
          <RouteFacts key={route.id} route={route} />
        ))}
      </Section>
      {preview.steps.length === 0 ? null : (
        <Section title="What each step writes">
          <Steps steps={preview.steps} />
        </Section>
      )}
    </div>
  );
}
