"use client";
/** The store in a few lines: how it is, what it holds, how far back it reaches, its log, its last error with what to do. */
import type { ReactNode } from "react";
import type { StoreFacts } from "../../lib/query/schema/store.ts";
import { age, bytes, count, plain } from "../../lib/view/format.ts";
import { storeAdvice, storeKind, storeLook, storeReach } from "../../lib/view/store-words.ts";
import { instant } from "../../lib/view/time.ts";
import { asFailure } from "../data/api.ts";
import { useStore } from "../data/queries.ts";
import { useNow } from "../data/use-now.ts";
import { LookMark } from "../ui/StateMark.tsx";

function Item({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="flex items-baseline gap-1.5">
      <dt className="text-quiet">{name}</dt>
      <dd className="tabular-nums">{children}</dd>
    </div>
  );
}

function LastError({ error, nowMs }: { readonly error: NonNullable<StoreFacts["lastError"]>; readonly nowMs: number }) {
  return (
    <p className="pt-1 text-xs">
      <span className="text-failing-text">{error.message}</span>{" "}
      <span title={instant(error.atMs)}>{plain(age(Math.max(0, nowMs - error.atMs)))} ago.</span>{" "}
      {storeAdvice(error.code)} <code className="font-mono text-2xs text-quiet">{error.code}</code>
    </p>
  );
}

function Facts({ facts, nowMs }: { readonly facts: StoreFacts; readonly nowMs: number }) {
  const { spans, rollups, log, residentBytes, restarts } = facts;
  const evicted = spans.evicted + rollups.evicted;
  return (
    <dl className="flex flex-wrap gap-x-5 gap-y-1 text-xs">
      <Item name="spans">{plain(count(spans.count))}</Item>
      <Item name={facts.kind === "memory" ? "in memory" : "on disk"}>
        {plain(bytes(spans.bytes + (rollups.bytes ?? 0)))}
      </Item>
      <Item name="history">{storeReach(facts, nowMs)}</Item>
      {log === null ? <Item name="log">none: a restart starts empty</Item> : null}
      {log === null ? null : (
        <Item name="log">
          {plain(bytes(log.bytes))}
          {log.lagBytes === 0 ? ", all stored" : `, ${plain(bytes(log.lagBytes))} to be stored`}
        </Item>
      )}
      {log !== null && log.quarantined > 0 ? (
        <Item name="put aside">{plain(count(log.quarantined))} bodies</Item>
      ) : null}
      {evicted === 0 ? null : <Item name="let go for room">{plain(count(evicted))}</Item>}
      {residentBytes === null ? null : <Item name="resident">{plain(bytes(residentBytes))}</Item>}
      {restarts === 0 ? null : <Item name="started again">{plain(count(restarts))} times</Item>}
    </dl>
  );
}

export function StoreCard() {
  const { data, error } = useStore();
  const nowMs = useNow(5_000);
  const failure = asFailure(error);
  return (
    <section aria-labelledby="store" className="border-b border-line px-3 py-2">
      <div className="flex items-baseline gap-3 pb-1">
        <h2 id="store" className="text-xs font-semibold text-quiet">
          Store
        </h2>
        {data === undefined ? null : (
          <>
            <span className="text-xs">{storeKind(data.kind)}</span>
            <LookMark look={storeLook(data, nowMs)} className="text-xs" />
          </>
        )}
      </div>
      {data === undefined ? (
        <p className="min-h-4 text-xs text-quiet">
          {failure === null ? "asking …" : `The store could not be asked: ${failure.message}`}
        </p>
      ) : (
        <Facts facts={data} nowMs={nowMs} />
      )}
      {data?.lastError == null ? null : <LastError error={data.lastError} nowMs={nowMs} />}
    </section>
  );
}
