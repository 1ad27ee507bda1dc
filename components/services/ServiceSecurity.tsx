"use client";
/** How what comes in and what goes out is secured, and who the ends say they are. */
import type { EntityAnswer } from "../../lib/query/schema/entity.ts";
import { securityLine } from "../../lib/view/evidence-words.ts";
import { percent } from "../../lib/view/format.ts";
import { MtlsEvidence, MtlsShares, Principals } from "../ui/MtlsShares.tsx";
import { Num } from "../ui/Num.tsx";
import { Fact, Section } from "../ui/Section.tsx";

const SIDES = [
  { side: "inbound", title: "mTLS of calls into it" },
  { side: "outbound", title: "mTLS of calls out of it" },
] as const;

export function ServiceSecurity({ security }: { readonly security: EntityAnswer["security"] }) {
  const { principals, absent } = security;
  const named = principals.own.length + principals.callers.length + principals.called.length > 0;
  return (
    <>
      {SIDES.map(({ side, title }) => {
        const mtls = security[side];
        return (
          <Section key={side} title={title} aside={mtls === null ? null : securityLine(mtls)}>
            {mtls === null ? (
              <Fact name="mTLS">
                <Num figure={percent(null, absent?.[side])} />
              </Fact>
            ) : (
              <>
                <MtlsShares mtls={mtls} />
                <MtlsEvidence mtls={mtls} />
              </>
            )}
          </Section>
        );
      })}
      <Section title="Identities">
        {named ? null : <p className="text-quiet">No proxy says who the ends are.</p>}
        <Principals title="its own" names={principals.own} />
        <Principals title="callers" names={principals.callers} />
        <Principals title="called" names={principals.called} />
      </Section>
    </>
  );
}
