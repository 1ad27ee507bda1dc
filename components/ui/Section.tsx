/** Parts of a side panel: a titled section and a row of "name … value" over a hairline. */
import type { ReactNode } from "react";

interface SectionProps {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

export function Section({ title, aside, children }: SectionProps) {
  return (
    <section className="flex flex-col">
      <div className="flex items-baseline justify-between gap-2 pb-1">
        <h3 className="text-xs font-semibold text-quiet">{title}</h3>
        {aside === undefined ? null : <span className="text-xs text-quiet">{aside}</span>}
      </div>
      {children}
    </section>
  );
}

interface FactProps {
  readonly name: ReactNode;
  readonly children: ReactNode;
}

export function Fact({ name, children }: FactProps) {
  return (
    <div className="flex min-h-7 items-baseline justify-between gap-3 border-b border-line py-1 last:border-b-0">
      <span className="max-w-[62%] shrink-0 text-text [overflow-wrap:anywhere]">{name}</span>
      <span className="min-w-0 break-words text-right">{children}</span>
    </div>
  );
}
