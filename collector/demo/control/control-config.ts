/**
 * What the collector is told of the simulated control planes: the `control:` section, and the rollouts that wait. In: URLs.
 * Out: plain data. Istio and Linkerd share a cluster, and are two control planes by name.
 */
import { LOYALTY_MESH, type PlaneUrls } from "./control-world.ts";

export interface ControlConfig {
  readonly kubernetes: readonly {
    readonly name: string;
    readonly mesh: "istio" | "linkerd";
    readonly url: string;
    readonly namespaces: readonly string[];
  }[];
  readonly consul: readonly { readonly name: string; readonly url: string }[];
  readonly appMesh: readonly {
    readonly name: string;
    readonly region: string;
    readonly endpoint: string;
    readonly mesh: string;
  }[];
}

export function controlConfig({ istio, linkerd, consul, appMesh }: PlaneUrls): ControlConfig {
  return {
    kubernetes: [
      { name: "c1", mesh: "istio", url: istio, namespaces: ["finance", "shop"] },
      { name: "c1-linkerd", mesh: "linkerd", url: linkerd, namespaces: ["orders"] },
    ],
    consul: [{ name: "vm", url: consul }],
    appMesh: [{ name: "aws", region: "eu-central-1", endpoint: appMesh, mesh: LOYALTY_MESH }],
  };
}

interface DemoRoute {
  readonly id: string;
  readonly driver: "istio" | "httpRoute" | "consul" | "appMesh";
  readonly cluster: string;
  readonly namespace: string;
  readonly object: string;
  readonly rule: string;
  readonly stable: string;
  readonly canary: string;
}

type DemoStep = { readonly weight: number } | { readonly pause: "manual" };

export interface DemoRollout {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  readonly routes: readonly DemoRoute[];
  readonly steps: readonly DemoStep[];
  readonly policy?: typeof PAYMENTS_POLICY;
}

/** One charge in a thousand may fail, and some 20 are made a second; a canary may use up a hundredth of the month's budget. */
const PAYMENTS_POLICY = {
  mode: "sequential",
  guard: { objective: 0.999, budgetShare: 0.01, periodRequests: 20 * 86_400 * 30 },
} as const;

/** Each waits at once: a tenth of the traffic is there already, and nothing but a person moves it on. */
const STEPS: readonly DemoStep[] = [
  { pause: "manual" },
  { weight: 0.25 },
  { pause: "manual" },
  { weight: 0.5 },
  { pause: "manual" },
  { weight: 1 },
];

const ROUTES: Readonly<Record<string, DemoRoute>> = {
  payments: {
    id: "c1",
    driver: "istio",
    cluster: "c1",
    namespace: "finance",
    object: "payments",
    rule: "primary",
    stable: "payments/v1",
    canary: "payments/v2",
  },
  fulfilment: {
    id: "c1",
    driver: "httpRoute",
    cluster: "c1-linkerd",
    namespace: "orders",
    object: "fulfilment",
    rule: "primary",
    stable: "fulfilment:8080",
    canary: "fulfilment-v2:8080",
  },
  rates: {
    id: "vm",
    driver: "consul",
    cluster: "vm",
    namespace: "default",
    object: "rates",
    rule: "rates",
    stable: "rates/v1",
    canary: "rates/v2",
  },
  offers: {
    id: "aws",
    driver: "appMesh",
    cluster: "aws",
    namespace: LOYALTY_MESH,
    object: "offers/offers",
    rule: "offers",
    stable: "offers_loyalty:8080",
    canary: "offers-v2_loyalty:8080",
  },
};

export function demoRollouts(): readonly DemoRollout[] {
  return Object.entries(ROUTES).map(([service, route]) => ({
    id: service,
    name: `${service} v2`,
    service,
    routes: [route],
    steps: STEPS,
    ...(service === "payments" ? { policy: PAYMENTS_POLICY } : {}),
  }));
}
