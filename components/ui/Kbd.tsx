import type { ReactNode } from "react";

export function Kbd({ children }: { readonly children: ReactNode }) {
  return <kbd className="rounded-sm border border-line bg-box px-1 font-mono text-2xs text-quiet">{children}</kbd>;
}
