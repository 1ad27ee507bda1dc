/** The four shares of how traffic was secured, as one bar. The colours are the same wherever shares are told. */
import type { Mtls } from "../../lib/query/schema/graph.ts";
import { type SecurityClass, securityShares } from "../../lib/view/evidence-words.ts";
import { percent, plain } from "../../lib/view/format.ts";
import { ShareBar } from "./ShareBar.tsx";

export const SECURITY_FILLS: Readonly<Record<SecurityClass, string>> = {
  mutual: "bg-healthy",
  tls: "bg-degraded",
  plaintext: "bg-failing",
  unknown: "bg-unknown",
};

export function SecurityBar({ mtls }: { readonly mtls: Mtls }) {
  const shares = securityShares(mtls);
  return (
    <ShareBar
      label={shares.map(({ words, share }) => `${words} ${plain(percent(share))}`).join(", ")}
      shares={shares.map(({ name, share }) => ({ name, share, className: SECURITY_FILLS[name] }))}
    />
  );
}
