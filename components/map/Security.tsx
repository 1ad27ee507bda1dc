"use client";
/** How an edge, or all into a node, is secured: the four shares of a counted total, who the ends say they are, and how that is known. */
import type { MergedDetail } from "../../lib/query/schema/graph.ts";
import { mutualFigure, securityLine } from "../../lib/view/evidence-words.ts";
import { count, plain } from "../../lib/view/format.ts";
import { MtlsEvidence, MtlsShares, Principals } from "../ui/MtlsShares.tsx";
import { Num } from "../ui/Num.tsx";
import { Fact, Section } from "../ui/Section.tsx";

/** Of a node with many callers not all are listed. */
const MOST = 16;

function Names({ title, names }: { readonly title: string; readonly names: readonly string[] }) {
  const more = names.length - MOST;
  return (
    <>
      <Principals title={title} names={names.slice(0, MOST)} />
      {more > 0 ? <p className="text-right text-xs text-quiet">and {plain(count(more))} more</p> : null}
    </>
  );
}

interface SecurityProps {
  readonly edge: MergedDetail;
  readonly title?: string;
}

export function Security({ edge, title = "Security" }: SecurityProps) {
  const { mtls, principals } = edge;
  if (mtls === null) {
    return (
      <Section title={title}>
        <Fact name="mTLS">
          <Num figure={mutualFigure(edge)} />
        </Fact>
      </Section>
    );
  }
  return (
    <Section title={title} aside={securityLine(mtls)}>
      <MtlsShares mtls={mtls} />
      <Names title="caller" names={principals?.source ?? []} />
      <Names title="destination" names={principals?.destination ?? []} />
      <MtlsEvidence mtls={mtls} />
    </Section>
  );
}
