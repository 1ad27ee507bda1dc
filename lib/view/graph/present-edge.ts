/** An edge of the answer → its mark: width by rate on a log scale, lock by the shares of its traffic, label parts. */
import { callerShare } from "../../query/caller-share.ts";
import { type ComparedEdge, isOfBase } from "../../query/compare/compared-edge.ts";
import type { GraphEdge, MtlsSummary } from "../../query/schema/graph.ts";
import { trafficSeen } from "../traffic-seen.ts";
import { byteRateText, millisText, rateText, shareText } from "./figures.ts";
import { badgeWords } from "./glyph-paths.ts";
import { type EdgeLabel, type EdgeMark, type LockState, type NodeMark, STATE_WORD } from "./graph-view.ts";

const MIN_WIDTH = 1;
const MAX_WIDTH = 6;
/** Requests per second at the thinnest and the widest line. */
const RATE_SPAN = [5, 5000] as const;
const BYTE_SPAN = [1e3, 1e8] as const;
const STATE_IMPORTANCE = { failure: 4, degraded: 3, notReady: 2.5, unknown: 2, healthy: 1, noTraffic: 0 } as const;

/** 1 to 6 px: linear in the logarithm of the value between the two ends of `span`. */
export function logWidth(value: number, span: readonly [number, number]): number {
  if (value <= span[0]) return MIN_WIDTH;
  const share = Math.log(value / span[0]) / Math.log(span[1] / span[0]);
  return MIN_WIDTH + (MAX_WIDTH - MIN_WIDTH) * Math.min(1, share);
}

type Secured = Pick<GraphEdge, "mtls" | "absent" | "requestsPerSec" | "tcp">;

/** The shares, where anything was counted. */
function counted(edge: Secured): MtlsSummary | null {
  return edge.mtls !== null && edge.mtls.total > 0 ? edge.mtls : null;
}

/**
 * Closed: all is mutual, nothing unknown. Half: part is mutual. Open: traffic whose security is known, none of it
 * mutual. Unknown: of no traffic is it known. Null: no lock, since nothing ran or the question makes no sense.
 */
export function lockOf(edge: Secured): LockState {
  const mtls = counted(edge);
  if (mtls === null) {
    return edge.absent?.["mtls"] === "notApplicable" || trafficSeen(edge) === false ? null : "unknown";
  }
  if (mtls.mutual >= 1) return "closed";
  if (mtls.mutual > 0) return "half";
  return mtls.tls + mtls.plaintext > 0 ? "open" : "unknown";
}

/** What an open lock stands for: `plaintext`, `TLS only`, or the mix with its shares, greatest first. */
function openText({ tls, plaintext, unknown }: MtlsSummary): string {
  const parts = [
    { share: plaintext, words: "plaintext" },
    { share: tls, words: "TLS only" },
    { share: unknown, words: "not known" },
  ].filter((part) => part.share > 0);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only.words;
  parts.sort((a, b) => b.share - a.share);
  return parts.map(({ share, words }) => `${shareText(share)} ${words}`).join(", ");
}

/** The words beside the lock; empty for a closed one and for none. */
export function securityText(edge: Secured): string {
  const mtls = counted(edge);
  switch (lockOf(edge)) {
    case "open":
      return mtls === null ? "" : openText(mtls);
    case "unknown":
      return "mTLS not known";
    case "half":
      return mtls === null ? "" : `${shareText(mtls.mutual)} mTLS`;
    default:
      return "";
  }
}

/** Bytes per second of a TCP edge, both ways together; null where neither is known. */
export function tcpBytes(edge: Pick<GraphEdge, "tcp">): number | null {
  const tcp = edge.tcp;
  if (tcp === undefined) return null;
  if (tcp.requestBytesPerSec === null && tcp.responseBytesPerSec === null) return null;
  return (tcp.requestBytesPerSec ?? 0) + (tcp.responseBytesPerSec ?? 0);
}

export interface EdgeEnds {
  readonly source: number;
  readonly target: number;
  readonly sourceTitle: string;
  readonly targetTitle: string;
  readonly lane: number;
}

export function presentEdge(edge: ComparedEdge, ends: EdgeEnds): EdgeMark {
  const tcp = edge.protocol === "tcp";
  const bytes = tcpBytes(edge);
  const requests = edge.requestsPerSec;
  const lock = lockOf(edge);
  const { state } = edge.health;
  const rate = tcp ? byteRateText(bytes) : rateText(requests);
  const errors = edge.errorRatio !== null && edge.errorRatio > 0 ? shareText(edge.errorRatio) : "";
  const millis = (name: "p50" | "p95" | "p99"): string => millisText(edge.latencyMs?.[name] ?? null);
  const p95 = millis("p95");
  const split = splitText(edge);
  const badges = edge.badges ?? [];
  const badgeFigures = badges.map((badge) => rateText(edge.badgeRates?.[badge] ?? null));
  const security = securityText(edge);
  const spoken = [
    `${edge.protocol} from ${ends.sourceTitle} to ${ends.targetTitle}`,
    rate === "" ? "rate not known" : rate,
    errors === "" ? "" : `${errors} fail`,
    p95 === "" ? "" : `p95 ${p95}`,
    lock === "closed" ? "all mutual TLS" : security,
    badges.map((badge, i) => [badgeWords(badge), badgeFigures[i]].filter(Boolean).join(" ")).join(", "),
    split,
    STATE_WORD[state],
    edge.stale === true ? "stale" : "",
  ];
  return {
    id: edge.id,
    source: ends.source,
    target: ends.target,
    width: tcp ? logWidth(bytes ?? 0, BYTE_SPAN) : logWidth(requests ?? 0, RATE_SPAN),
    dashed: tcp,
    stale: edge.stale === true,
    ofBase: isOfBase(edge),
    state,
    lock,
    lane: ends.lane,
    perSec: (tcp ? bytes : requests) ?? 0,
    errorShare: edge.errorRatio ?? 0,
    rate,
    errors,
    p50: millis("p50"),
    p95,
    p99: millis("p99"),
    split,
    security,
    badges,
    badgeFigures,
    importance:
      STATE_IMPORTANCE[state] * 100 +
      (security === "" ? 0 : 50) +
      10 * Math.log10(1 + (requests ?? 0)) +
      Math.log10(1 + (bytes ?? 0)),
    notable: state === "failure" || state === "degraded" || security !== "" || split !== "",
    description: spoken.filter((part) => part !== "").join(", "),
  };
}

/** A healthy edge's few failures in thousands are left to the panel where its label has a rate to show. */
function hushed(edge: EdgeMark, labels: ReadonlySet<EdgeLabel>): boolean {
  return labels.has("rate") && edge.state === "healthy" && edge.errors.startsWith("<");
}

/** The share of each version, as asked for and as seen. */
function splitText({ split = [] }: Pick<GraphEdge, "split">): string {
  return split
    .map(({ version, desired, observed }) =>
      [version, shareText(desired), observed === null ? "(not seen yet)" : `(seen ${shareText(observed)})`]
        .filter((part) => part !== "")
        .join(" "),
    )
    .join(", ");
}

/** What of its caller's requests runs on an edge; empty where that is not known, or makes no sense. */
export function shareOfSource(edge: EdgeMark, source: Pick<NodeMark, "sentPerSec"> | undefined): string {
  const share = edge.ofBase ? null : callerShare(edge.perSec, source?.sentPerSec ?? null);
  return edge.dashed || edge.perSec === 0 || share === null ? "" : `${shareText(share)} of caller`;
}

/** The label's text for the parts asked for; empty where none of them has anything to say. */
export function edgeLabelText(edge: EdgeMark, labels: ReadonlySet<EdgeLabel>, source?: NodeMark): string {
  const parts: string[] = [];
  if (labels.has("rate")) parts.push(edge.rate);
  if (labels.size > 0) parts.push(edge.split);
  if (labels.has("share")) parts.push(shareOfSource(edge, source));
  if (labels.has("errors") && !hushed(edge, labels)) parts.push(edge.errors);
  for (const name of ["p50", "p95", "p99"] as const)
    if (labels.has(name) && edge[name] !== "") parts.push(`${name} ${edge[name]}`);
  if (labels.has("lock")) parts.push(edge.security);
  return parts.filter((part) => part !== "").join(" · ");
}
