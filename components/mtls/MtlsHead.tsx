"use client";
/** The whole estate's figures over the tables: HTTP and gRPC, TCP, certificates. Each says of how many. */
import type { ReactNode } from "react";
import type { Coverage } from "../../lib/query/schema/security.ts";
import { coverageHead } from "../../lib/view/coverage.ts";
import { securityShares } from "../../lib/view/evidence-words.ts";
import { percent, plain } from "../../lib/view/format.ts";
import { cx } from "../ui/cx.ts";
import { SECURITY_FILLS, SecurityBar } from "../ui/SecurityBar.tsx";

function Part({ title, head, children }: { title: string; head: ReactNode; children?: ReactNode }) {
  return (
    <div className="flex min-w-60 flex-[2] flex-col">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <h2 className="text-xs font-semibold text-quiet">{title}</h2>
        <span>{head}</span>
      </div>
      {children}
    </div>
  );
}

function Shares({ title, coverage, of }: { title: string; coverage: Coverage; of: "http" | "tcp" }) {
  const { mtls } = coverage[of];
  return (
    <Part title={title} head={coverageHead(coverage, of)}>
      {mtls === null ? null : (
        <>
          <SecurityBar mtls={mtls} />
          <ul className="flex flex-wrap gap-x-3 text-xs text-quiet">
            {securityShares(mtls).map(({ name, words, share }) => (
              <li key={name} className="inline-flex items-center gap-1.5">
                <span aria-hidden="true" className={cx("size-2 rounded-sm", SECURITY_FILLS[name])} />
                {words} <span className="text-text">{plain(percent(share))}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Part>
  );
}

export function MtlsHead({ coverage, certificates }: { coverage: Coverage | null; certificates: ReactNode }) {
  return (
    <div className="flex shrink-0 flex-wrap gap-x-8 gap-y-3 border-b border-line px-4 py-3">
      {coverage === null ? null : (
        <>
          <Shares title="HTTP and gRPC" coverage={coverage} of="http" />
          <Shares title="TCP" coverage={coverage} of="tcp" />
        </>
      )}
      {certificates}
    </div>
  );
}
