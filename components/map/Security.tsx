"use client";
/** How the edge is secured: the four shares of a counted total, who the ends say they are, and how that is known. */
import type { EdgeDetail } from "../../lib/query/schema/graph.ts";
import {
  mutualFigure,
  reporterWords,
  securityLine,
  securityReason,
  securityShares,
} from "../../lib/view/evidence-words.ts";
import { percent } from "../../lib/view/format.ts";
import { Num } from "../ui/Num.tsx";
import { Fact, Section } from "../ui/Section.tsx";
import { SECURITY_FILLS, SecurityBar } from "../ui/SecurityBar.tsx";

function Principals({ title, names }: { readonly title: string; readonly names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <Fact name={title}>
      {names.map((name) => (
        <span key={name} className="block break-all font-mono text-2xs leading-5">
          {name}
        </span>
      ))}
    </Fact>
  );
}

export function Security({ edge }: { readonly edge: EdgeDetail }) {
  const { mtls, principals } = edge;
  if (mtls === null) {
    return (
      <Section title="Security">
        <Fact name="mTLS">
          <Num figure={mutualFigure(edge)} />
        </Fact>
      </Section>
    );
  }
  const shares = securityShares(mtls);
  const { family, reporter, reason } = mtls.evidence;
  return (
    <Section title="Security" aside={securityLine(mtls)}>
      <SecurityBar mtls={mtls} />
      {shares.map(({ name, words, share }) => (
        <Fact
          key={name}
          name={
            <span className="inline-flex items-center gap-2">
              <span aria-hidden="true" className={`size-2 rounded-sm ${SECURITY_FILLS[name]}`} />
              {words}
            </span>
          }
        >
          <Num figure={percent(share)} />
        </Fact>
      ))}
      <Principals title="caller" names={principals?.source ?? []} />
      <Principals title="destination" names={principals?.destination ?? []} />
      <p className="break-words pt-1 font-mono text-2xs text-quiet">
        {family} · {reporterWords(reporter)}
        {reason === undefined ? "" : ` · ${securityReason(reason)}`}
      </p>
    </Section>
  );
}
