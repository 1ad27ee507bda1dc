/** The four shares of how requests or connections were secured, of what total, and how that is known; names of ends. */
import type { Mtls } from "../../lib/query/schema/graph.ts";
import { reporterWords, securityReason, securityShares } from "../../lib/view/evidence-words.ts";
import { percent } from "../../lib/view/format.ts";
import { Num } from "./Num.tsx";
import { Fact } from "./Section.tsx";
import { SECURITY_FILLS, SecurityBar } from "./SecurityBar.tsx";

export function Principals({ title, names }: { readonly title: string; readonly names: readonly string[] }) {
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

export function MtlsShares({ mtls }: { readonly mtls: Mtls }) {
  const shares = securityShares(mtls);
  return (
    <>
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
    </>
  );
}

export function MtlsEvidence({ mtls }: { readonly mtls: Mtls }) {
  const { family, reporter, reason } = mtls.evidence;
  return (
    <p className="break-words pt-1 font-mono text-2xs text-quiet">
      {family} · {reporterWords(reporter)}
      {reason === undefined ? "" : ` · ${securityReason(reason)}`}
    </p>
  );
}
