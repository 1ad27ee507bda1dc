"use client";
/** What the proxies do about trouble. Null is "not collected", never zero. */
import type { EdgeDetail, MergedDetail } from "../../lib/query/schema/graph.ts";
import { absentWords, bytesPerSec, ratePerSec } from "../../lib/view/format.ts";
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

export function Resilience({ edge }: { readonly edge: MergedDetail }) {
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
