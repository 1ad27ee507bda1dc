"use client";
/** What the proxies do about trouble, and how traffic is split. Null is "not collected", never zero. */
import Link from "next/link";
import type { EdgeDetail } from "../../lib/query/schema/graph.ts";
import { absentWords, bytesPerSec, percent, ratePerSec } from "../../lib/view/format.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Num } from "../ui/Num.tsx";
import { Fact, Section } from "../ui/Section.tsx";

const ROWS = [
  ["retries", "retries"],
  ["timeouts", "timeouts"],
  ["overflow", "refused by the circuit breaker"],
  ["ejections", "hosts ejected"],
  ["rateLimited", "rate limited"],
  ["denied", "denied by policy"],
] as const;

export function Resilience({ edge }: { readonly edge: EdgeDetail }) {
  const { resilience, absent } = edge;
  const missing = ROWS.filter(([key]) => resilience[key] === null);
  const shown = ROWS.filter(([key]) => resilience[key] !== null);
  const reason = absent?.["resilience.retries"] ?? absent?.["resilience"] ?? "notCollected";
  return (
    <Section title="Resilience">
      {shown.map(([key, words]) => (
        <Fact key={key} name={words}>
          <Num figure={ratePerSec(resilience[key])} />
        </Fact>
      ))}
      {resilience.circuitOpen === null ? null : (
        <Fact name="circuit breaker">
          <span className={resilience.circuitOpen ? "font-medium text-failing-text" : ""}>
            {resilience.circuitOpen ? "open" : "closed"}
          </span>
        </Fact>
      )}
      {missing.length === 0 && resilience.circuitOpen !== null ? null : (
        <Fact name={<span className="text-quiet">{absentWords(reason)}</span>}>
          <span className="text-quiet">
            {[
              ...missing.map(([, words]) => words),
              ...(resilience.circuitOpen === null ? ["circuit breaker"] : []),
            ].join(", ")}
          </span>
        </Fact>
      )}
    </Section>
  );
}

export function Split({ edge }: { readonly edge: EdgeDetail }) {
  const [view] = useViewState();
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
      <Link href={linkTo("/rollouts", view)} className="text-accent underline">
        Over time, and what may be done: rollouts
      </Link>
    </Section>
  );
}

export function Volume({ edge }: { readonly edge: EdgeDetail }) {
  const { tcp, absent } = edge;
  return (
    <Section title={tcp === undefined ? "Bytes" : "TCP"}>
      {tcp === undefined ? null : (
        <>
          <Fact name="connections opened">
            <Num figure={ratePerSec(tcp.openedPerSec)} />
          </Fact>
          <Fact name="connections closed">
            <Num figure={ratePerSec(tcp.closedPerSec)} />
          </Fact>
        </>
      )}
      <Fact name="to the destination">
        <Num figure={bytesPerSec(tcp?.requestBytesPerSec ?? edge.requestBytesPerSec, absent?.["requestBytesPerSec"])} />
      </Fact>
      <Fact name="back to the caller">
        <Num
          figure={bytesPerSec(tcp?.responseBytesPerSec ?? edge.responseBytesPerSec, absent?.["responseBytesPerSec"])}
        />
      </Fact>
    </Section>
  );
}
