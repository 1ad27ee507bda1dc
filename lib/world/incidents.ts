/**
 * Incidents: what goes wrong, by name, and the tuning of the simulator that all active ones make together.
 * In: names. Out: a `Tuning` that the simulator asks at each hop. Where two incidents tune one workload, the later of the
 * list speaks.
 */
import type { Failure, Spread } from "./spec.ts";

export const INCIDENT_NAMES = ["bad-canary", "plaintext-caller", "slow-dependency", "retry-storm"] as const;
export type IncidentName = (typeof INCIDENT_NAMES)[number];

export interface Tuning {
  /** By workload: replaces the failure of every operation. */
  readonly failures: ReadonlyMap<string, Failure>;
  /** By workload: replaces the own time of every operation. */
  readonly work: ReadonlyMap<string, Spread>;
  /** Dormant sources that are awake. */
  readonly awake: ReadonlySet<string>;
  /** `workload#replica service` pairs that talk without TLS though both ends have a proxy. */
  readonly plaintext: ReadonlySet<string>;
}

export interface Incident {
  readonly name: IncidentName;
  readonly title: string;
  readonly description: string;
  readonly failures?: readonly (readonly [string, Failure])[];
  readonly work?: readonly (readonly [string, Spread])[];
  readonly awake?: readonly string[];
  readonly plaintext?: readonly string[];
}

const answer = (code: number): { code: number; grpc: string } => ({ code, grpc: "" });

export const INCIDENTS: readonly Incident[] = [
  {
    name: "bad-canary",
    title: "Bad canary",
    description: "payments v2, which gets a tenth of the charges, answers 12 % of them with 503 or 500.",
    failures: [["payments-v2", { probability: 0.12, answers: [answer(503), answer(500)] }]],
  },
  {
    name: "plaintext-caller",
    title: "Plaintext caller",
    description:
      "A batch job without a sidecar calls payments and accounts in plaintext, and one of web's three replicas talks to accounts with mutual TLS switched off.",
    awake: ["legacy-charges", "legacy-lookups"],
    plaintext: ["web-v1#0 accounts"],
  },
  {
    name: "slow-dependency",
    title: "Slow dependency",
    description:
      "pricing slows down: its p95 goes from about 60 ms to about 1.5 s. Everything above it waits, and web gives up on catalog after 2 s.",
    work: [["pricing-v1", { medianMs: 560, sigma: 0.6 }]],
  },
  {
    name: "retry-storm",
    title: "Retry storm",
    description:
      "stock answers every second request with 503 and catalog's sidecar tries up to three times more: stock gets almost twice the requests, and catalog sees a fraction of the failures.",
    failures: [["stock-v1", { probability: 0.5, answers: [answer(503)] }]],
  },
];

export function isIncidentName(name: string): name is IncidentName {
  return INCIDENTS.some((incident) => incident.name === name);
}

export function tuningOf(active: ReadonlySet<IncidentName>): Tuning {
  const on = INCIDENTS.filter((incident) => active.has(incident.name));
  return {
    failures: new Map(on.flatMap((incident) => incident.failures ?? [])),
    work: new Map(on.flatMap((incident) => incident.work ?? [])),
    awake: new Set(on.flatMap((incident) => incident.awake ?? [])),
    plaintext: new Set(on.flatMap((incident) => incident.plaintext ?? [])),
  };
}
