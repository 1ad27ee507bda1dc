/**
 * `/certificates`. In: what is known of every process' certificates, a request, the time. Out: rows, worst first, and the
 * meshes that tell of none. Unix ms and seconds.
 *
 * One certificate is one row: whole days give way to the second where one process prints both, and an authority's
 * certificate, which every proxy may print, stands once with the number of those that do.
 */
import type { CertificateFacts, TargetCertificates } from "../model/certificate.ts";
import type { Mesh } from "../model/identity.ts";
import {
  CERTIFICATE_STATES,
  type CertificateState,
  lateAfter,
  lifetimeOf,
  roleOf,
  stateOf,
} from "./certificate-state.ts";
import type { AbsentReason } from "./schema/common.ts";
import type { Certificate, CertificateList, CertificateParameters } from "./schema/security.ts";

const SILENT_INTERVALS = 3;
/** Two printings of one authority's time left differ by the rounding of their clocks. */
const SAME_EXPIRY_MS = 120_000;

const UNCOLLECTED: Readonly<Record<Mesh, string>> = {
  istio: "scrape the agent's merged port, :15020/stats/prometheus: Envoy's own (:15090) has no certificate times",
  linkerd: "identity is on by default: remove identity.disabled from the proxy's configuration",
  consul: "let the proxy's metrics endpoint pass envoy_server_days_until_first_cert_expiring",
  appmesh:
    "give the listeners and client policies a certificate (tls.certificate), and let envoy_server_* statistics pass",
  envoy: "give a listener or cluster a TLS certificate, and let envoy_server_* statistics pass",
};

/** A proxy that also prints exact times says nothing more by whole days, or by their sentinel. */
function tellingOf({ certificates }: TargetCertificates): readonly CertificateFacts[] {
  const exact = certificates.some(({ resolutionSec, expiresAtSec }) => resolutionSec === 0 && expiresAtSec !== null);
  return exact ? certificates.filter(({ resolutionSec }) => resolutionSec === 0) : certificates;
}

function times(facts: CertificateFacts, mesh: Mesh | null, nowMs: number) {
  const { expiresAtSec, refreshedAtSec, renewedAtSec } = facts;
  const exact = facts.resolutionSec === 0 && roleOf(facts, mesh) === "leaf";
  const lifetime = exact ? lifetimeOf(facts) : null;
  const renewedSec = refreshedAtSec ?? renewedAtSec;
  return {
    expiresAtMs: expiresAtSec === null ? null : Math.round(expiresAtSec * 1000),
    leftSec: expiresAtSec === null ? null : Math.round(expiresAtSec - nowMs / 1000),
    refreshedAtMs: renewedSec === null ? null : Math.round(renewedSec * 1000),
    lifetimeSec: lifetime === null ? null : Math.round(lifetime.lifetimeSec),
    lateAtMs:
      lifetime === null ? null : Math.round((lifetime.issuedAtSec + lateAfter(mesh) * lifetime.lifetimeSec) * 1000),
  };
}

function absentOf(row: ReturnType<typeof times>, role: Certificate["role"]): Record<string, AbsentReason> {
  const absent: Record<string, AbsentReason> = {};
  const known = row.expiresAtMs !== null;
  for (const name of ["expiresAtMs", "leftSec"] as const) if (row[name] === null) absent[name] = "notCollected";
  if (row.refreshedAtMs === null) absent["refreshedAtMs"] = known ? "unknown" : "notCollected";
  for (const name of ["lifetimeSec", "lateAtMs"] as const) {
    if (row[name] !== null) continue;
    absent[name] = !known ? "notCollected" : role === "leaf" ? "unknown" : "notApplicable";
  }
  return absent;
}

function rowOf(from: TargetCertificates, facts: CertificateFacts, nowMs: number): Certificate {
  const { target, instance, mesh, cluster, namespace, workload, intervalMs } = from;
  const { name, family, lastReadMs, resolutionSec } = facts;
  const stale = nowMs - lastReadMs > SILENT_INTERVALS * intervalMs;
  // A proxy that is not read may have renewed its own since: it is judged by what was known when it was.
  const asOfSec = (stale ? lastReadMs : nowMs) / 1000;
  const role = roleOf(facts, mesh);
  const known = times(facts, mesh, nowMs);
  const absent = absentOf(known, role);
  return {
    id: JSON.stringify([target, name]),
    mesh,
    cluster,
    namespace,
    workload,
    instance,
    instances: 1,
    name,
    role,
    family,
    ...known,
    ...(resolutionSec > 0 && known.leftSec !== null ? { atLeast: true } : {}),
    state: stateOf(facts, mesh, asOfSec),
    lastReadMs,
    ...(stale ? { stale: true } : {}),
    ...(Object.keys(absent).length === 0 ? {} : { absent }),
  };
}

/** Equal for certificates of authorities that may be one. */
function authorityKey({ mesh, cluster, name, role, family }: Certificate): string {
  return JSON.stringify([mesh, cluster, name, role, family]);
}

/** One authority's certificate as two processes print it: no longer one workload's. */
function joined(a: Certificate, b: Certificate): Certificate {
  const same = (of: "namespace" | "workload"): string => (a[of] === b[of] ? a[of] : "");
  return {
    ...a,
    namespace: same("namespace"),
    workload: same("workload"),
    instances: a.instances + b.instances,
    lastReadMs: Math.max(a.lastReadMs, b.lastReadMs),
  };
}

function mergeAuthorities(rows: readonly Certificate[]): Certificate[] {
  const out: Certificate[] = [];
  const authorities = new Map<string, Certificate[]>();
  for (const row of rows) {
    if (row.role === "leaf" || row.role === null || row.expiresAtMs === null) out.push(row);
    else authorities.set(authorityKey(row), [...(authorities.get(authorityKey(row)) ?? []), row]);
  }
  for (const same of authorities.values()) {
    let current: Certificate | undefined;
    for (const row of same.sort((a, b) => (a.expiresAtMs ?? 0) - (b.expiresAtMs ?? 0))) {
      if (current !== undefined && (row.expiresAtMs ?? 0) - (current.expiresAtMs ?? 0) <= SAME_EXPIRY_MS) {
        current = joined(current, row);
        out[out.length - 1] = current;
      } else {
        current = row;
        out.push(row);
      }
    }
  }
  return out;
}

const rank = (state: CertificateState): number => CERTIFICATE_STATES.indexOf(state);
/** Sorts worst first, and of one state by what ends first; also the cursor. */
function sortKey({ state, expiresAtMs, id }: Certificate): string {
  return `${rank(state)}/${String(Math.max(0, expiresAtMs ?? 0)).padStart(16, "0")}/${id}`;
}

function within(wanted: readonly string[] | undefined, value: string | null): boolean {
  return wanted === undefined || (value !== null && wanted.includes(value));
}

/** Certificates of a target by mesh: how many processes tell of none. */
function uncollected(targets: readonly TargetCertificates[]): CertificateList["notCollected"] {
  const meshes = new Map<Mesh, { without: number; of: number }>();
  for (const { mesh, certificates } of targets) {
    if (mesh === null) continue;
    const counts = meshes.get(mesh) ?? { without: 0, of: 0 };
    meshes.set(mesh, counts);
    counts.of++;
    if (!certificates.some(({ expiresAtSec }) => expiresAtSec !== null)) counts.without++;
  }
  return [...meshes]
    .filter(([, { without }]) => without > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([mesh, counts]) => ({ mesh, what: "certificates", setting: UNCOLLECTED[mesh], ...counts }));
}

export function certificatesAnswer(
  all: readonly TargetCertificates[],
  query: CertificateParameters,
  nowMs: number,
): CertificateList {
  const { namespace, cluster, mesh, state, limit, cursor } = query;
  const targets = all.filter(
    (from) => within(namespace, from.namespace) && within(cluster, from.cluster) && within(mesh, from.mesh),
  );
  const rows = mergeAuthorities(targets.flatMap((from) => tellingOf(from).map((facts) => rowOf(from, facts, nowMs))));
  const states: Record<CertificateState, number> = {
    expired: 0,
    missedRotation: 0,
    expiring: 0,
    notCollected: 0,
    ok: 0,
  };
  for (const row of rows) states[row.state]++;
  const wanted = rows
    .filter((row) => within(state, row.state))
    .map((row) => ({ row, key: sortKey(row) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const rest = cursor === undefined ? wanted : wanted.filter(({ key }) => key > cursor);
  const page = rest.slice(0, limit);
  return {
    atMs: nowMs,
    certificates: page.map(({ row }) => row),
    states,
    notCollected: uncollected(targets),
    nextCursor: rest.length > page.length ? (page.at(-1)?.key ?? null) : null,
    total: wanted.length,
  };
}
