/**
 * The mTLS page's figures as rows of tables. In: the answer of `/mtls`. Out: one row for each place and unit, since
 * requests and connections never meet in one figure, and lines for the head of the page.
 */
import type { Mtls } from "../query/schema/graph.ts";
import type { Coverage, PlaceCoverage } from "../query/schema/security.ts";
import { codeWords } from "./code-words.ts";
import { NODE_REASON_WORDS, reporterWords, SECURITY_REASON_WORDS, securityReason } from "./evidence-words.ts";
import { count, percent, plain } from "./format.ts";
import { lockOf } from "./graph/present-edge.ts";

export const COVERAGE_BY = ["mesh", "cluster", "namespace", "edge"] as const;
export type CoverageBy = (typeof COVERAGE_BY)[number];

export type Lock = "closed" | "half" | "open" | "unknown" | "none";

export interface CoverageRow {
  readonly id: string;
  readonly name: string;
  /** Destinations outside of every such place. */
  readonly isOutside: boolean;
  readonly cluster: string;
  /** HTTP and gRPC, or TCP. */
  readonly traffic: "HTTP, gRPC" | "TCP";
  /** Null where nothing was counted. */
  readonly mtls: Mtls | null;
  readonly edges: number;
  readonly plaintextEdges: number;
}

export const OUTSIDE_WORDS: Readonly<Record<Exclude<CoverageBy, "edge">, string>> = {
  mesh: "no mesh, or none known",
  cluster: "outside every cluster",
  namespace: "outside every namespace",
};

/** Worst first: by the share in plaintext, then by what is unknown; what is outside of all places is last. */
function worstFirst(a: CoverageRow, b: CoverageRow): number {
  const share = (row: CoverageRow, of: "plaintext" | "unknown"): number => row.mtls?.[of] ?? 0;
  return (
    Number(a.isOutside) - Number(b.isOutside) ||
    share(b, "plaintext") - share(a, "plaintext") ||
    share(b, "unknown") - share(a, "unknown") ||
    (a.name < b.name ? -1 : 1)
  );
}

export function coverageRows(places: readonly PlaceCoverage[], by: Exclude<CoverageBy, "edge">): CoverageRow[] {
  const rows = places.flatMap(({ name, cluster = "", http, tcp }) => {
    const isOutside = name === "";
    const place = { name: isOutside ? OUTSIDE_WORDS[by] : name, isOutside, cluster };
    const id = JSON.stringify([name, cluster]);
    const own: CoverageRow[] = [];
    if (http.edges > 0) own.push({ ...http, ...place, id: `${id}/http`, traffic: "HTTP, gRPC" });
    if (tcp.edges > 0) own.push({ ...tcp, ...place, id: `${id}/tcp`, traffic: "TCP" });
    return own;
  });
  return rows.sort(worstFirst);
}

export function lockOfShares(mtls: Mtls | null): Lock {
  return mtls === null ? "none" : (lockOf({ mtls, requestsPerSec: null }) ?? "none");
}

export const LOCK_WORDS: Readonly<Record<Lock, string>> = {
  closed: "all mutual",
  half: "part mutual",
  open: "none mutual",
  unknown: "not known",
  none: "nothing counted",
};

/** Family · reporter · reason, each part only where it is known. */
export function securityEvidence(mtls: Mtls | null): string {
  if (mtls === null) return "";
  const { family, reporter, reason } = mtls.evidence;
  const since = mtls.unit === "connections" && /_ssl_|_cx_/.test(family) ? "since the proxies started" : "";
  const parts = [family, reporter === "" ? "" : reporterWords(reporter), since, reason ?? ""];
  return parts.filter((part) => part !== "").join(" · ");
}

/** A reason of a proxy's, of an edge, or of why a node stands there. */
export function plaintextReason(code: string | null): string {
  if (code === null) return "";
  return SECURITY_REASON_WORDS[code] === undefined ? codeWords(NODE_REASON_WORDS, code) : securityReason(code);
}

/** "6,390 requests", "18 connections". */
export function securedTotal(mtls: Mtls): string {
  return `${plain(count(mtls.total))} ${mtls.total === 1 ? mtls.unit.slice(0, -1) : mtls.unit}`;
}

/** "3 callers send plaintext": in words, and none is said too. */
export function plaintextLine(total: number): string {
  if (total === 0) return "no caller was seen to send plaintext";
  return `${plain(count(total))} ${total === 1 ? "caller sends" : "callers send"} plaintext`;
}

/** What the head of the page says of one unit. */
export function coverageHead(coverage: Coverage, of: "http" | "tcp"): string {
  const { mtls, edges } = coverage[of];
  if (mtls === null) return edges === 0 ? "no traffic" : "no connection was opened";
  return `${plain(percent(mtls.mutual))} mutual of ${securedTotal(mtls)}`;
}
