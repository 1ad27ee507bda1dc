"use client";
/**
 * An approval link, opened: what it would do and what it writes, and one button that does it. For a phone first. Nothing is
 * done by opening it; the link's token stands in the fragment, which no server sees.
 */
import Link from "next/link";
import { type FormEvent, useState, useSyncExternalStore } from "react";
import type { ApprovalAnswer } from "../../lib/query/schema/approvals.ts";
import { adviceFor } from "../../lib/view/failure-words.ts";
import { percent, plain } from "../../lib/view/format.ts";
import {
  ACTION_MEANING,
  ACTION_WORDS,
  REVERTER_WORDS,
  revertsWords,
  SHIFT_LOOKS,
  VERDICT_LOOKS,
} from "../../lib/view/rollout/words.ts";
import { clock } from "../../lib/view/time.ts";
import { type ApiFailure, asFailure } from "../data/api.ts";
import { useApproval, useUseApproval } from "../data/approvals.ts";
import { Button } from "../ui/Button.tsx";
import { Fact } from "../ui/Section.tsx";
import { SkeletonRows } from "../ui/Skeleton.tsx";

function onHash(changed: () => void): () => void {
  window.addEventListener("hashchange", changed);
  return () => window.removeEventListener("hashchange", changed);
}

/** Null until the browser's address is known. */
function useToken(): string | null {
  return useSyncExternalStore(
    onHash,
    () => window.location.hash.slice(1),
    () => null,
  );
}

function Refused({ failure }: { readonly failure: ApiFailure }) {
  return (
    <p role="alert" className="text-failing-text first-letter:uppercase">
      {failure.message}. {adviceFor(failure.code)} <code className="font-mono text-xs">{failure.code}</code>
    </p>
  );
}

/** The share that was asked for, what callers send, and what the judge says of the new version. */
function Standing({ approval: { desired, observed, shift, verdict } }: { readonly approval: ApprovalAnswer }) {
  const share = desired ?? observed;
  const seen = desired === null || observed === null ? "" : `, seen ${plain(percent(observed))}`;
  return (
    <>
      {share === null ? null : (
        <Fact name="share now">
          {plain(percent(share))}
          {seen}
          {shift === null ? null : <span className="block">{SHIFT_LOOKS[shift].words}</span>}
        </Fact>
      )}
      <Fact name="the judge">
        {verdict === null ? (
          "has not looked"
        ) : (
          <span className={verdict === "fail" ? "text-failing-text" : ""}>{VERDICT_LOOKS[verdict].words}</span>
        )}
      </Fact>
    </>
  );
}

function revertersText(reverters: ApprovalAnswer["reverters"]): string {
  const may = reverters.filter(({ reverts }) => reverts !== false);
  if (may.length === 0) return "no controller found";
  return may.map(({ kind, ref, reverts }) => `${REVERTER_WORDS[kind]} ${ref} (${revertsWords(reverts)})`).join(", ");
}

function Facts({ approval }: { readonly approval: ApprovalAnswer }) {
  const { preview } = approval;
  return (
    <div className="flex flex-col">
      <Fact name="rollout">{approval.name}</Fact>
      <Fact name="service">
        {approval.service} in {approval.namespace}, {approval.cluster} ({approval.mesh})
      </Fact>
      <Fact name="it stands at">{approval.step}</Fact>
      <Standing approval={approval} />
      <Fact name="as">approval-link of {approval.madeBy}</Fact>
      <Fact name="holds until">{clock(approval.expiresMs)}</Fact>
      <Fact name="writes">
        {preview === null ? "nothing by itself" : null}
        {preview?.changes.map(({ object, path, before, after }) => (
          <span key={`${object} ${path}`} className="block font-mono text-xs [overflow-wrap:anywhere]">
            {object} {path}: {before} → {after}
          </span>
        ))}
      </Fact>
      <Fact name="who could revert it">{revertersText(approval.reverters)}</Fact>
      {preview?.warnings.map(({ code, message }) => (
        <p key={code} className="py-1 text-degraded-text">
          {message}
        </p>
      ))}
    </div>
  );
}

/** Why pressing it would do nothing; null where it acts. */
function causeOf({ isCurrent, blocked }: ApprovalAnswer): string | null {
  if (!isCurrent) return "The rollout has changed since this link was made: it does nothing any more.";
  return blocked === null ? null : `It cannot be done now: ${blocked}.`;
}

function Ask({ approval, token }: { readonly approval: ApprovalAnswer; readonly token: string }) {
  const [reason, setReason] = useState("");
  const { mutate, isPending, error, data } = useUseApproval(token);
  const failure = asFailure(error);
  const cause = causeOf(approval);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isPending && cause === null) mutate(reason.trim());
  };
  if (data !== undefined) {
    return (
      <p role="status" className="rounded-md border border-healthy p-3">
        {ACTION_WORDS[data.action]}: taken at {clock(data.atMs)} from {data.actor}. This link is used up.{" "}
        <Link href={`/rollouts/${encodeURIComponent(data.rollout)}`} className="underline">
          See what comes of it
        </Link>
      </p>
    );
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <label className="flex flex-col gap-1 text-quiet">
        Reason (it stands in the audit)
        <textarea
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          maxLength={900}
          rows={2}
          className="rounded-md border border-line bg-panel p-2 text-base text-text"
        />
      </label>
      {cause === null ? null : (
        <p id="approve-cause" className="text-degraded-text">
          {cause}
        </p>
      )}
      {failure === null ? null : <Refused failure={failure} />}
      <Button
        type="submit"
        variant="primary"
        disabled={isPending || cause !== null}
        aria-describedby={cause === null ? undefined : "approve-cause"}
        className="h-12 w-full text-base"
      >
        {isPending ? "Sending…" : `${ACTION_WORDS[approval.action]} now`}
      </Button>
    </form>
  );
}

export function ApprovePage() {
  const token = useToken();
  const { data, error } = useApproval(token ?? "");
  const failure = asFailure(error);
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto flex w-full max-w-md flex-col gap-4 p-4">
        <h1 className="text-lg font-semibold">{data === undefined ? "Approve" : ACTION_WORDS[data.action]}</h1>
        {token === "" ? <p>This address has no link in it: open the whole one that was sent.</p> : null}
        {failure === null ? null : <Refused failure={failure} />}
        {data === undefined && failure === null && token !== "" ? <SkeletonRows /> : null}
        {data === undefined || token === null ? null : (
          <>
            <p className="text-quiet">{ACTION_MEANING[data.action]}</p>
            <Facts approval={data} />
            <Ask approval={data} token={token} />
          </>
        )}
      </div>
    </div>
  );
}
