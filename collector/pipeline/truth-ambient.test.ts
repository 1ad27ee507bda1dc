/**
 * Istio's ambient mode through the whole chain: what ztunnels count below, what waypoints and sidecars count above, and
 * that no call is counted at both. Counts are exact.
 */
import { describe, expect, test } from "vitest";
import { timeseriesAnswer } from "../../lib/query/timeseries-answer.ts";
import { istio, lines, Rig, T0, type Target } from "./truth-rig.ts";

interface Leg {
  readonly reporter: "source" | "destination" | "waypoint";
  readonly from: string;
  readonly to: string;
  readonly policy?: string;
  readonly flags?: string;
  readonly host?: string;
}

/** One workload's labels, as every proxy of Istio prints them; `unknown` where it does not know. */
function end(side: "source" | "destination", name: string): Record<string, string> {
  const unknown = name === "unknown";
  return {
    [`${side}_workload`]: name,
    [`${side}_workload_namespace`]: unknown ? "unknown" : "shop",
    [`${side}_canonical_service`]: name,
    [`${side}_canonical_revision`]: unknown ? "unknown" : "v1",
    [`${side}_app`]: name,
    [`${side}_version`]: unknown ? "unknown" : "v1",
    [`${side}_cluster`]: unknown ? "unknown" : "c1",
    [`${side}_principal`]: unknown ? "unknown" : `spiffe://cluster.local/ns/shop/sa/${name}`,
  };
}

function labels({ reporter, from, to, policy = "mutual_tls", flags = "-", host = to }: Leg, more = {}): string {
  const all = {
    reporter,
    ...end("source", from),
    destination_service: `${host}.shop.svc.cluster.local`,
    destination_service_namespace: "shop",
    destination_service_name: host,
    ...end("destination", to),
    request_protocol: "tcp",
    response_flags: flags,
    connection_security_policy: policy,
    ...more,
  };
  return Object.entries(all)
    .map(([key, value]) => `${key}="${value}"`)
    .join(",");
}

interface Counted {
  readonly opened: number;
  readonly bytes?: number;
  readonly closed?: number;
}

function l4(leg: Leg, { opened, bytes = opened * 100, closed = 0 }: Counted): string {
  const made = labels(leg);
  return lines(
    ...(leg.flags === undefined ? [`istio_tcp_connections_opened_total{${made}} ${opened}`] : []),
    `istio_tcp_connections_closed_total{${made}} ${closed}`,
    `istio_tcp_received_bytes_total{${made}} ${bytes}`,
    `istio_tcp_sent_bytes_total{${made}} ${bytes * 2}`,
  );
}

/** A ztunnel's body: OpenMetrics, its build first. */
function ztunnel(...series: string[]): string {
  const build = '# TYPE istio_build gauge\nistio_build{component="ztunnel",tag="1.30.0"} 1';
  return lines(build, "# TYPE istio_tcp_connections_opened counter", ...series, "# EOF");
}

function l7(leg: Leg, requests: number, code = "200"): string {
  return `istio_requests_total{${labels(leg, { request_protocol: "http", response_code: code })}} ${requests}`;
}

const NODE_1: Target = { pod: "ztunnel-1", job: "istio" };
const NODE_2: Target = { pod: "ztunnel-2", job: "istio" };
const WAYPOINT: Target = { pod: "waypoint-1", job: "istio" };

/** Both ztunnels of a direct call, `n` connections so far. */
function direct(rig: Rig, at: number, n: number, policy = "mutual_tls"): void {
  rig.scrape(at, ztunnel(l4({ reporter: "source", from: "web", to: "api", policy }, { opened: n })), NODE_1);
  rig.scrape(at + 40, ztunnel(l4({ reporter: "destination", from: "web", to: "api", policy }, { opened: n })), NODE_2);
}

const LEG_IN: Leg = { reporter: "source", from: "web", to: "waypoint", host: "api" };
const LEG_OUT: Leg = { reporter: "destination", from: "waypoint", to: "api" };

interface Through {
  readonly connections: number;
  readonly requests?: number;
  readonly policy?: string;
  readonly reporter?: "waypoint" | "destination";
}

/** The same through a waypoint: a connection each leg carries many requests. */
function through(rig: Rig, at: number, { connections, requests, policy, reporter = "waypoint" }: Through): void {
  rig.scrape(at, ztunnel(l4(LEG_IN, { opened: connections })), NODE_1);
  rig.scrape(at + 40, ztunnel(l4(LEG_OUT, { opened: connections })), NODE_2);
  if (requests === undefined) return;
  const leg: Leg = { reporter, from: "web", to: "api", ...(policy === undefined ? {} : { policy }) };
  rig.scrape(at + 80, lines(l7(leg, requests * 0.9), l7(leg, requests * 0.1, "503")), WAYPOINT);
}

async function drawn(rig: Rig): Promise<string[]> {
  const { nodes, edges } = await rig.graph({ idle: "0" });
  const name = (id: string): string => nodes.find((node) => node.id === id)?.name ?? "?";
  return edges
    .map(({ source, target, layer, protocol }) => `${name(source)} → ${name(target)} ${protocol} ${layer}`)
    .sort();
}

async function node(rig: Rig, name: string) {
  const { nodes } = await rig.graph();
  const found = nodes.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no node ${name}`);
  return found;
}

describe("ztunnels alone", () => {
  test("both ends of a call are one edge: exact connections and bytes, all mutual", async () => {
    const rig = new Rig();
    for (const i of [0, 1, 2, 3]) direct(rig, T0 + i * 10_000, 100 + 50 * i);
    expect(await drawn(rig)).toEqual(["web → api tcp L4"]);
    const edge = await rig.edge("web", "api");
    expect(edge.tcp).toMatchObject({ openedPerSec: 5, requestBytesPerSec: 500, responseBytesPerSec: 1000 });
    expect(edge.mtls).toMatchObject({ mutual: 1, unknown: 0, total: 150, unit: "connections" });
    expect(edge.principals).toEqual({
      source: ["spiffe://cluster.local/ns/shop/sa/web"],
      destination: ["spiffe://cluster.local/ns/shop/sa/api"],
    });
    expect(edge.badges ?? []).toEqual([]);
    expect((await node(rig, "api")).inbound.tcpBytesPerSec).toBe(1500);
  });

  test("the source's ztunnel alone knows mTLS too; what it did not secure is unknown, not plaintext", async () => {
    for (const [policy, share] of [
      ["mutual_tls", { mutual: 1, unknown: 0, plaintext: 0 }],
      ["unknown", { mutual: 0, unknown: 1, plaintext: 0 }],
    ] as const) {
      const rig = new Rig();
      for (const i of [0, 1]) {
        const leg = { reporter: "source", from: "web", to: "api", policy } as const;
        rig.scrape(T0 + i * 10_000, ztunnel(l4(leg, { opened: 100 * i })), NODE_1);
      }
      const edge = await rig.edge("web", "api");
      expect(edge.evidence.note).toBe("no_destination_report");
      expect(edge.mtls).toMatchObject(share);
    }
  });

  test("one ztunnel speaks for every workload of its node, each with its own covered time, and is none of them", async () => {
    const rig = new Rig();
    const target = { ...NODE_1, workload: "ztunnel" };
    const leg = (from: string, to: string): Leg => ({ reporter: "destination", from, to });
    rig.scrape(T0, ztunnel(l4(leg("web", "api"), { opened: 10 })), target);
    for (const i of [1, 2, 3]) {
      const first = l4(leg("web", "api"), { opened: 10 + 10 * i });
      const second = l4(leg("unknown", "db"), { opened: 20 * i });
      rig.scrape(T0 + i * 10_000, ztunnel(first, second), target);
    }
    expect(await drawn(rig)).toEqual(["unknown → db tcp L4", "web → api tcp L4"]);
    expect((await rig.edge("web", "api")).tcp?.openedPerSec).toBe(1);
    expect((await rig.edge("unknown", "db")).tcp?.openedPerSec).toBe(2);
  });

  test("connections that a policy turned away are told once, from the closed ones, on ztunnels old and new", async () => {
    const rig = new Rig();
    for (const i of [0, 1, 2]) {
      const leg: Leg = { reporter: "destination", from: "web", to: "api" };
      const denied = labels({ ...leg, flags: "DENY" });
      rig.scrape(
        T0 + i * 10_000,
        ztunnel(
          l4(leg, { opened: 100 * i, closed: 60 * i }),
          `istio_tcp_connections_closed_total{${denied}} ${40 * i}`,
          `istio_tcp_connections_failed_total{${denied}} ${40 * i}`,
        ),
        NODE_1,
      );
    }
    const edge = await rig.edge("web", "api");
    expect(edge.tcp).toMatchObject({ openedPerSec: 10, closedPerSec: 10 });
    expect(edge.responseFlags).toEqual({ DENY: 4 });
    expect(edge.resilience.denied).toBe(4);
    expect(edge.badges).toEqual(["denied"]);
  });
});

describe("with a waypoint", () => {
  test("the requests are one edge with a badge, its legs are hidden, nothing is added twice", async () => {
    const rig = new Rig();
    for (const i of [0, 1, 2, 3]) through(rig, T0 + i * 10_000, { connections: 10 * i, requests: 1000 * i });
    expect(await drawn(rig)).toEqual(["web → api http L7"]);
    const edge = await rig.edge("web", "api");
    expect(edge).toMatchObject({ requests: 3000, requestsPerSec: 100, errorRatio: 0.1, badges: ["waypoint"] });
    expect(edge.mtls).toMatchObject({ mutual: 1, total: 3000, unit: "requests" });
    expect(edge.evidence).toMatchObject({ reporters: ["waypoint"], note: "through_waypoint" });
    const [web, api] = [await node(rig, "web"), await node(rig, "api")];
    expect(web.outbound).toMatchObject({ requestsPerSec: 100 });
    expect(api.inbound).toMatchObject({ requestsPerSec: 100, errorRatio: 0.1 });
    expect([web.outbound.tcpBytesPerSec, api.inbound.tcpBytesPerSec]).toEqual([undefined, undefined]);
  });

  test("a waypoint of old says that it is the destination: its own target or the ztunnels' legs tell", async () => {
    for (const target of [WAYPOINT, { ...WAYPOINT, workload: "shop-waypoint" }]) {
      const rig = new Rig();
      for (const i of [0, 1, 2]) {
        const at = T0 + i * 10_000;
        through(rig, at, { connections: 10 * i });
        rig.scrape(at + 80, l7({ reporter: "destination", from: "web", to: "api" }, 500 * i), target);
      }
      expect(await drawn(rig)).toEqual(["web → api http L7"]);
      expect(await rig.edge("web", "api")).toMatchObject({ requests: 1000, badges: ["waypoint"] });
    }
  });

  test("a waypoint of any name is known by the configuration of its target, and then only its own legs are hidden", async () => {
    const rig = new Rig();
    for (const i of [0, 1, 2]) {
      const at = T0 + i * 10_000;
      const into = (to: string) => l4({ reporter: "source", from: "web", to, host: "api" }, { opened: 10 * i });
      const out = (from: string) => l4({ reporter: "destination", from, to: "api" }, { opened: 10 * i });
      rig.scrape(at, ztunnel(into("shop-gw"), into("waypoint")), NODE_1);
      rig.scrape(at + 40, ztunnel(out("shop-gw"), out("waypoint")), NODE_2);
      const target = { ...WAYPOINT, workload: "shop-gw" };
      rig.scrape(at + 80, l7({ reporter: "waypoint", from: "web", to: "api" }, 500 * i), target);
    }
    expect(await drawn(rig)).toEqual(["waypoint → api tcp L4", "web → api http L7", "web → waypoint tcp L4"]);
  });

  test("where the waypoint knows only the service, the legs to the workloads behind it are its legs", async () => {
    const rig = new Rig();
    for (const i of [0, 1, 2]) {
      const at = T0 + i * 10_000;
      const out = (to: string): string => {
        const more = { destination_canonical_service: "api", source_workload_namespace: "gateways" };
        const made = labels({ reporter: "destination", from: "waypoint", to }, more);
        return `istio_tcp_connections_opened_total{${made}} ${i}`;
      };
      const into = labels(LEG_IN, { destination_workload_namespace: "gateways" });
      rig.scrape(at, ztunnel(`istio_tcp_connections_opened_total{${into}} ${i}`), NODE_1);
      rig.scrape(at + 40, ztunnel(out("api-a"), out("api-b")), NODE_2);
      const nowhere = {
        destination_workload: "unknown",
        destination_canonical_service: "unknown",
        destination_app: "unknown",
      };
      const made = labels(
        { reporter: "waypoint", from: "web", to: "api" },
        { ...nowhere, request_protocol: "http", response_code: "200" },
      );
      rig.scrape(at + 80, `istio_requests_total{${made}} ${500 * i}`, WAYPOINT);
    }
    expect(await drawn(rig)).toEqual(["web → api http L7"]);
  });

  test("requests whose security the waypoint does not know are as secure as the least secure leg", async () => {
    for (const [policy, share] of [
      ["mutual_tls", { mutual: 1, unknown: 0 }],
      ["unknown", { mutual: 0, unknown: 1 }],
    ] as const) {
      const rig = new Rig();
      for (const i of [0, 1, 2]) {
        const at = T0 + i * 10_000;
        through(rig, at, { connections: 10 * i, requests: 1000 * i, policy: "unknown" });
        rig.scrape(at + 40, ztunnel(l4({ ...LEG_OUT, policy }, { opened: 10 * i })), { ...NODE_2, pod: "ztunnel-3" });
      }
      const { mtls } = await rig.edge("web", "api");
      expect(mtls).toMatchObject(policy === "mutual_tls" ? share : { mutual: 0.5, unknown: 0.5 });
      expect(mtls).toMatchObject({ unit: "connections", evidence: { family: "istio_tcp_connections_opened_total" } });
    }
  });

  test("when the waypoint vanishes its requests go stale, and the connections stand again after the silence", async () => {
    const rig = new Rig();
    for (const i of [0, 1, 2, 3]) through(rig, T0 + i * 10_000, { connections: 10 * i, requests: 1000 * i });
    const counts = { connections: 30 };
    for (const i of [4, 5]) {
      through(rig, T0 + i * 10_000, counts);
      expect(await drawn(rig)).toEqual(["web → api http L7"]);
    }
    for (let i = 6; i <= 40; i++) {
      const at = T0 + i * 10_000;
      const sent = l4({ reporter: "source", from: "web", to: "api" }, { opened: 5 * (i - 5) });
      const got = l4({ reporter: "destination", from: "web", to: "api" }, { opened: 5 * (i - 5) });
      rig.scrape(at, ztunnel(l4(LEG_IN, { opened: 30 }), sent), NODE_1);
      rig.scrape(at + 40, ztunnel(l4(LEG_OUT, { opened: 30 }), got), NODE_2);
    }
    expect(await drawn(rig)).toContain("web → api tcp L4");
    const window = { start: T0 + 100_000, end: T0 + 400_000 };
    const { edges } = await rig.graph({}, window);
    const [l4Edge] = edges.filter((edge) => edge.layer === "L4" && (edge.tcp?.openedPerSec ?? 0) > 0);
    expect(l4Edge?.tcp?.openedPerSec).toBe(0.5);
    expect(edges.find((edge) => edge.layer === "L7")).toMatchObject({ stale: true });
  });

  test("a leg's refused connections made no request: they stand beside the waypoint's edge, without the rest of the leg", async () => {
    const rig = new Rig();
    for (const i of [0, 1, 2]) {
      const at = T0 + i * 10_000;
      through(rig, at, { connections: 10 * i, requests: 1000 * i });
      const denied = l4({ ...LEG_IN, flags: "DENY" }, { opened: 0, closed: 20 * i, bytes: 0 });
      rig.scrape(at + 90, ztunnel(denied), { ...NODE_1, pod: "ztunnel-4" });
    }
    expect(await drawn(rig)).toEqual(["web → api http L7", "web → waypoint tcp L4"]);
    const leg = await rig.edge("web", "waypoint");
    expect(leg).toMatchObject({ responseFlags: { DENY: 2 }, badges: ["denied"], tcp: { openedPerSec: null } });
  });

  test("a leg to a waypoint that does not report, and a call past the waypoint, stand", async () => {
    const rig = new Rig();
    for (const i of [0, 1, 2]) {
      const at = T0 + i * 10_000;
      through(rig, at, { connections: 10 * i, requests: 1000 * i });
      const other = labels(
        { reporter: "source", from: "web", to: "waypoint" },
        { destination_workload_namespace: "bank" },
      );
      const past = l4({ reporter: "source", from: "web", to: "api" }, { opened: 7 * i });
      rig.scrape(at, ztunnel(`istio_tcp_connections_opened_total{${other}} ${i}`, past), {
        ...NODE_1,
        pod: "ztunnel-5",
      });
    }
    expect(await drawn(rig)).toEqual(["web → api http L7", "web → api tcp L4", "web → waypoint tcp L4"]);
  });

  test("a time series agrees with the graph, step by step: no leg is counted while the waypoint speaks", async () => {
    const rig = new Rig();
    for (let i = 0; i <= 12; i++) {
      const late = i < 6 ? 0 : i - 5;
      const past = l4({ reporter: "destination", from: "web", to: "api" }, { opened: 5 * late });
      through(rig, T0 + i * 10_000, { connections: 10 * i, requests: 1000 * i });
      rig.scrape(T0 + i * 10_000 + 60, ztunnel(past), { ...NODE_2, pod: "ztunnel-6" });
    }
    const snapshot = await rig.snapshot({ start: T0, end: T0 + 120_000 });
    const id = (await node(rig, "api")).id;
    const query = { node: id, points: 12, metric: ["requestsPerSec", "tcpBytesPerSec"] };
    const answer = await timeseriesAnswer(snapshot, query, rig.ids);
    if (!answer.ok) throw new Error(answer.error.code);
    const { xMs, series } = answer.value;
    for (const [i, start] of xMs.entries()) {
      if (i === 0) continue;
      const { nodes } = await rig.graph({}, { start, end: start + 10_000 });
      const inbound = nodes.find((one) => one.id === id)?.inbound;
      expect(series["requestsPerSec"]?.[i]).toBe(inbound?.requestsPerSec);
      expect(series["tcpBytesPerSec"]?.[i]).toBe(inbound?.tcpBytesPerSec ?? 0);
    }
    expect(series["requestsPerSec"]?.slice(1, 10)).toEqual(Array(9).fill(100));
    expect(series["tcpBytesPerSec"]?.slice(1, 4)).toEqual([0, 0, 0]);
    expect(series["tcpBytesPerSec"]?.[8]).toBe(150);
  });
});

describe("sidecars and ambient mixed", () => {
  test("ambient → sidecar: the sidecar's requests are the edge, the ztunnel's connections their transport", async () => {
    const rig = new Rig();
    for (const i of [0, 1, 2]) {
      const at = T0 + i * 10_000;
      rig.scrape(at, ztunnel(l4({ reporter: "source", from: "web", to: "api" }, { opened: 10 * i })), NODE_1);
      rig.scrape(at + 50, l7({ reporter: "destination", from: "web", to: "api" }, 500 * i), {
        pod: "api-1",
        job: "istio",
      });
    }
    expect(await drawn(rig)).toEqual(["web → api http L7"]);
    expect(await rig.edge("web", "api")).toMatchObject({ requests: 1000, mtls: { mutual: 1, unit: "requests" } });
  });

  test("sidecar → ambient: the source cannot know mTLS, the ztunnel below it does", async () => {
    const rig = new Rig();
    for (const i of [0, 1, 2]) {
      const at = T0 + i * 10_000;
      const sidecar: Leg = { reporter: "source", from: "web", to: "api", policy: "unknown" };
      rig.scrape(at, l7(sidecar, 500 * i), { pod: "web-1", job: "istio" });
      rig.scrape(at + 50, ztunnel(l4({ reporter: "destination", from: "web", to: "api" }, { opened: 10 * i })), NODE_2);
    }
    expect(await drawn(rig)).toEqual(["web → api http L7"]);
    expect(await rig.edge("web", "api")).toMatchObject({
      requests: 1000,
      mtls: { mutual: 1, unit: "connections", evidence: { reporter: "destination" } },
    });
    expect((await node(rig, "api")).inbound.tcpBytesPerSec).toBe(undefined);
  });

  test("a sidecar that was taken out leaves the connections of its ztunnel, after the silence", async () => {
    const rig = new Rig();
    for (let i = 0; i <= 12; i++) {
      const at = T0 + i * 10_000;
      const sidecar: Leg = { reporter: "source", from: "web", to: "api", policy: "unknown" };
      if (i < 4) rig.scrape(at, l7(sidecar, 500 * i), { pod: "web-1", job: "istio" });
      rig.scrape(at + 50, ztunnel(l4({ reporter: "destination", from: "web", to: "api" }, { opened: 10 * i })), NODE_2);
    }
    expect(await drawn(rig)).toContain("web → api tcp L4");
    const { edges } = await rig.graph();
    expect(edges.find(({ layer }) => layer === "L7")?.stale).toBe(true);
  });

  test("pods of one workload with and without a sidecar: what each alone counts stands", async () => {
    const rig = new Rig();
    for (const i of [0, 1, 2]) {
      const at = T0 + i * 10_000;
      // 10 connections to pods with a sidecar, 20 to pods without, all from an ambient caller.
      rig.scrape(at, ztunnel(l4({ reporter: "source", from: "web", to: "api" }, { opened: 30 * i })), NODE_1);
      rig.scrape(at + 30, l7({ reporter: "destination", from: "web", to: "api" }, 500 * i), {
        pod: "api-1",
        job: "istio",
      });
      rig.scrape(at + 50, ztunnel(l4({ reporter: "destination", from: "web", to: "api" }, { opened: 20 * i })), NODE_2);
    }
    expect(await drawn(rig)).toEqual(["web → api http L7", "web → api tcp L4"]);
    const { edges } = await rig.graph();
    expect(edges.find(({ layer }) => layer === "L4")?.tcp?.openedPerSec).toBe(2);
  });

  test("a vendor's ztunnel that counts requests too: they are the edge", async () => {
    const rig = new Rig();
    for (const i of [0, 1, 2]) {
      for (const [reporter, target] of [
        ["source", NODE_1],
        ["destination", NODE_2],
      ] as const) {
        const leg: Leg = { reporter, from: "web", to: "api" };
        rig.scrape(T0 + i * 10_000, ztunnel(l4(leg, { opened: 10 * i }), l7(leg, 500 * i)), target);
      }
    }
    expect(await drawn(rig)).toEqual(["web → api http L7"]);
    expect(await rig.edge("web", "api")).toMatchObject({ requests: 1000, mtls: { mutual: 1 } });
  });

  test("two sidecars with both HTTP and TCP between them keep both edges", async () => {
    const rig = new Rig();
    for (const i of [0, 1, 2]) {
      const tcp = l4({ reporter: "destination", from: "web", to: "api" }, { opened: 10 * i });
      rig.scrape(T0 + i * 10_000, lines(istio(500 * i), tcp), { pod: "api-1" });
    }
    expect((await drawn(rig)).map((edge) => edge.slice(-2)).sort()).toEqual(["L4", "L7"]);
  });
});
