/**
 * The pods behind both arms, each with what its own proxy counted. In: books, the pods that the control plane knows by
 * backend, a time; out: pods with rate and failures of the last minute or so. A pod whose proxy is not read has no counts,
 * and one that only its proxy tells of has no readiness.
 */
import { digits4, digits4OrNull, ratio } from "../../query/numbers.ts";
import type { RolloutDetail } from "../../query/schema/rollouts.ts";
import type { RouteBook } from "./route-book.ts";

type Pod = RolloutDetail["pods"][number];

export interface KnownPods {
  /** Backend. */
  readonly id: string;
  readonly pods: readonly { readonly name: string; readonly version: string; readonly ready: boolean }[];
}

export interface PodsAsked {
  readonly sinceMs: number;
  readonly nowMs: number;
}

interface Count {
  requests: number;
  failures: number;
  observedMs: number;
}

/** A target's key is its cluster, namespace and pod or instance (design §2.1 rule 1). */
function podName(target: string): string {
  try {
    const parts: unknown = JSON.parse(target);
    const name = Array.isArray(parts) ? parts[2] : undefined;
    return typeof name === "string" ? name : target;
  } catch {
    return target;
  }
}

type Arm = "canary" | "stable";

function countsOf(book: RouteBook, { sinceMs, nowMs }: PodsAsked): Map<string, Count & { readonly arm: Arm }> {
  const counts = new Map<string, Count & { readonly arm: Arm }>();
  for (const { name, intervals } of book.cells.values()) {
    if (name.side !== "receiver" || name.arm === "other") continue;
    const pod = podName(name.target);
    const observedMs = book.targets.get(name.target)?.within(sinceMs, nowMs) ?? 0;
    const count = counts.get(pod) ?? { arm: name.arm, requests: 0, failures: 0, observedMs };
    for (let i = intervals.firstAfter(sinceMs); i < intervals.length; i++) {
      const interval = intervals.at(i);
      if (interval.fromMs < sinceMs) continue;
      count.requests += interval.requests;
      count.failures += interval.failures;
    }
    counts.set(pod, count);
  }
  return counts;
}

function figures(count: Count | undefined): Pick<Pod, "requestsPerSec" | "errorRatio" | "absent"> {
  if (count === undefined || count.observedMs === 0) {
    const absent = { requestsPerSec: "notCollected", errorRatio: "notCollected" } as const;
    return { requestsPerSec: null, errorRatio: null, absent };
  }
  const errorRatio = digits4OrNull(ratio(count.failures, count.requests));
  return {
    requestsPerSec: digits4(count.requests / (count.observedMs / 1_000)),
    errorRatio,
    absent: errorRatio === null ? { errorRatio: "notApplicable" } : {},
  };
}

export function podsOf(book: RouteBook, known: readonly KnownPods[], asked: PodsAsked): readonly Pod[] {
  const { stable, canary } = book.route;
  const counts = countsOf(book, asked);
  const told = known.flatMap(({ id, pods }) => {
    const arm = id === canary ? "canary" : id === stable ? "stable" : "other";
    return pods.map((pod): Pod => ({ ...pod, arm, ...figures(counts.get(pod.name)) }));
  });
  const names = new Set(told.map(({ name }) => name));
  const others = [...counts.entries()].filter(([name]) => !names.has(name));
  const onlyCounted = others.map(([name, count]): Pod => {
    const backend = count.arm === "canary" ? canary : stable;
    const version = backend.split("/")[1] ?? backend;
    return { name, version, arm: count.arm, ready: null, ...figures(count) };
  });
  return [...told, ...onlyCounted].sort((a, b) =>
    a.arm === b.arm ? (a.name < b.name ? -1 : 1) : a.arm < b.arm ? -1 : 1,
  );
}
