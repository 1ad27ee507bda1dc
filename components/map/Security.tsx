"use client";
/** How the edge is secured: the four shares of a counted total, who the ends say they are, and how that is known. */
import type { EdgeDetail } from "../../lib/query/schema/graph.ts";
import { mutualFigure, securityLine } from "../../lib/view/evidence-words.ts";
import { MtlsEvidence, MtlsShares, Principals } from "../ui/MtlsShares.tsx";
import { Num } from "../ui/Num.tsx";
import { Fact, Section } from "../ui/Section.tsx";

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
  return (
    <Section title="Security" aside={securityLine(mtls)}>
      <MtlsShares mtls={mtls} />
      <Principals title="caller" names={principals?.source ?? []} />
      <Principals title="destination" names={principals?.destination ?? []} />
      <MtlsEvidence mtls={mtls} />
    </Section>
  );
}
