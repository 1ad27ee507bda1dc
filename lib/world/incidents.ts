/**
 * Incidents: what goes wrong, by name, and the tuning of the simulator that all active ones make together.
 * In: names. Out: a `Tuning` that the simulator asks at each hop. Where two incidents tune one workload, the later of the
 * list speaks.
 */
import type { Failure, Spread } from "./spec.ts";

export const INCIDENT_NAMES = [
  "bad-canary",
  "plaintext-caller",
  "slow-dependency",
  "retry-storm",
  "policy-denial",
  "unmeshed-scan",
  "intention-denies",
  "circuit-open",
  "slow-border",
  "certificate-expiry",
  "partial-propagation",
  "control-plane-down",
  "istio-api-down",
  "linkerd-api-down",
  "consul-api-down",
  "app-mesh-api-down",
  "second-operator",
  "gitops-revert",
] as const;
export type IncidentName = (typeof INCIDENT_NAMES)[number];

/** A version that does worse the more of its service's requests it gets. */
export interface Strain {
  /** Of every operation, at no share at all. */
  readonly failure: Failure;
  /** Added to the failure's probability, times the share (0..1). */
  readonly failuresPerShare: number;
  /** Its own time grows by this factor of itself, times the share. */
  readonly slowerPerShare: number;
}

export interface Tuning {
  /** By workload: replaces the failure of every operation. */
  readonly failures: ReadonlyMap<string, Failure>;
  /** By workload: replaces the own time of every operation. */
  readonly work: ReadonlyMap<string, Spread>;
  /** By workload. */
  readonly strains: ReadonlyMap<string, Strain>;
  /** Workloads whose proxies keep the weights they have. */
  readonly lagging: ReadonlySet<string>;
  /** Dormant sources that are awake. */
  readonly awake: ReadonlySet<string>;
  /** `workload#replica service` pairs that talk without TLS though both ends have a proxy. */
  readonly plaintext: ReadonlySet<string>;
  /** `caller callee` pairs of services that the callee's policy refuses. */
  readonly denied: ReadonlySet<string>;
  /** By `caller callee`: the share of calls for which the caller's circuit breaker stands open. */
  readonly overflow: ReadonlyMap<string, number>;
  /** By `caller callee`: replaces the link's time in the network, both ways together. */
  readonly networkMs: ReadonlyMap<string, number>;
}

/** A leaf certificate that was not renewed when it should have been, from the moment the incident starts. Seconds. */
export interface StaleLeaf {
  readonly workload: string;
  readonly ageSeconds: number;
  readonly leftSeconds: number;
}

export interface Incident {
  readonly name: IncidentName;
  readonly title: string;
  readonly description: string;
  /** Nothing of it happens in the estate's traffic: it is what the control planes do. */
  readonly isControl?: true;
  readonly failures?: readonly (readonly [string, Failure])[];
  readonly work?: readonly (readonly [string, Spread])[];
  readonly strains?: readonly (readonly [string, Strain])[];
  readonly lagging?: readonly string[];
  readonly awake?: readonly string[];
  readonly plaintext?: readonly string[];
  readonly denied?: readonly string[];
  readonly overflow?: readonly (readonly [string, number])[];
  readonly networkMs?: readonly (readonly [string, number])[];
  readonly staleLeaves?: readonly StaleLeaf[];
}

const answer = (code: number): { code: number; grpc: string } => ({ code, grpc: "" });

export const INCIDENTS: readonly Incident[] = [
  {
    name: "bad-canary",
    title: "Bad canary",
    description:
      "payments v2 answers charges with 503 or 500 and slows down, the more the larger its share: 12 % of them at a tenth of the traffic, 28 % at half of it.",
    strains: [
      [
        "payments-v2",
        {
          failure: { probability: 0.08, answers: [answer(503), answer(500)] },
          failuresPerShare: 0.4,
          slowerPerShare: 4,
        },
      ],
    ],
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
  {
    name: "policy-denial",
    title: "Policy denies a caller",
    description:
      "Linkerd: an AuthorizationPolicy on fulfilment no longer names orders. Every call of orders is answered 403 by fulfilment's proxy, its app sees none of them, and orders answers new orders with 500.",
    denied: ["orders fulfilment"],
  },
  {
    name: "unmeshed-scan",
    title: "Unmeshed scanner",
    description:
      "Linkerd: a job without a proxy reads orders in plaintext. Between meshed pods mutual TLS stays whole; what comes from the unknown caller has none.",
    awake: ["legacy-scans"],
  },
  {
    name: "intention-denies",
    title: "Intention denies",
    description:
      "Consul: an intention denies billing to call invoices. invoices' Envoy answers 403 and counts denials; billing answers its callers, Linkerd's fulfilment among them, with 500.",
    denied: ["billing invoices"],
  },
  {
    name: "circuit-open",
    title: "Circuit breaker open",
    description:
      "App Mesh: offers answers in about a second instead of 6 ms, and loyalty's circuit breaker to it stands open: two calls in five are refused at once with 503 UO and never leave.",
    work: [["offers", { medianMs: 800, sigma: 0.3 }]],
    overflow: [["loyalty offers", 0.4]],
  },
  {
    name: "slow-border",
    title: "Slow link between meshes",
    description:
      "The link from Linkerd's fulfilment to Consul's billing takes 0.7 s instead of 6 ms, and orders wait for it; billing itself is as fast as ever, for its own gateway too.",
    networkMs: [["fulfilment billing", 700]],
  },
  {
    name: "certificate-expiry",
    title: "Certificates not renewed",
    description:
      "The identity of Linkerd's shipping has not been renewed for 23 h 40 min of its 24 h, and the leaf certificate of Consul's tax has less than an hour of its 72 h left. Traffic still flows.",
    staleLeaves: [
      { workload: "shipping", ageSeconds: 85_200, leftSeconds: 1200 },
      { workload: "tax", ageSeconds: 256_500, leftSeconds: 2700 },
    ],
  },
  {
    name: "partial-propagation",
    title: "Partial propagation",
    description:
      "Every mesh: the gateways' proxies hear nothing more from their control plane and keep the weights they have. A promotion moves the traffic of every other caller.",
    lagging: ["istio-ingressgateway", "orders-ingress", "api-gateway", "loyalty-gateway"],
  },
  {
    name: "control-plane-down",
    title: "Control planes down",
    description: "No control plane's API takes a connection, in any mesh. Traffic flows on as it was last told to.",
    isControl: true,
  },
  {
    name: "istio-api-down",
    title: "Istio's control plane down",
    description: "The Kubernetes API before the Istio estate takes no connection; traffic flows on.",
    isControl: true,
  },
  {
    name: "linkerd-api-down",
    title: "Linkerd's control plane down",
    description: "The Kubernetes API before the Linkerd estate takes no connection; traffic flows on.",
    isControl: true,
  },
  {
    name: "consul-api-down",
    title: "Consul down",
    description: "Consul's API takes no connection; traffic flows on.",
    isControl: true,
  },
  {
    name: "app-mesh-api-down",
    title: "App Mesh down",
    description: "App Mesh's API takes no connection; traffic flows on.",
    isControl: true,
  },
  {
    name: "second-operator",
    title: "Second operator",
    description:
      "Somebody else with kubectl, consul and aws at hand moves every canary by one percent, to and fro, every ten seconds.",
    isControl: true,
  },
  {
    name: "gitops-revert",
    title: "GitOps reverts",
    description:
      "Kubernetes: argocd-application-controller puts the Istio and Linkerd routes back to what its repository says, three seconds after any change.",
    isControl: true,
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
    strains: new Map(on.flatMap((incident) => incident.strains ?? [])),
    lagging: new Set(on.flatMap((incident) => incident.lagging ?? [])),
    awake: new Set(on.flatMap((incident) => incident.awake ?? [])),
    plaintext: new Set(on.flatMap((incident) => incident.plaintext ?? [])),
    denied: new Set(on.flatMap((incident) => incident.denied ?? [])),
    overflow: new Map(on.flatMap((incident) => incident.overflow ?? [])),
    networkMs: new Map(on.flatMap((incident) => incident.networkMs ?? [])),
  };
}
