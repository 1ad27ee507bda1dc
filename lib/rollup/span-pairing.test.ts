/** Pairing: each form of a call once, whatever the order, the batches and the clocks; bounds that are counted. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Endpoint } from "../model/identity.ts";
import { parseSpanId, parseTraceId } from "../model/span.ts";
import type { SpanCall, SpanSide } from "../model/span-side.ts";
import { PairingRig } from "./pairing-rig.ts";

const NOW = 1_700_000_000_000;

function idsOf(trace: number, id: number) {
  const traceId = parseTraceId(trace.toString(16).padStart(32, "0"));
  const spanId = parseSpanId(id.toString(16).padStart(16, "0"));
  if (traceId === undefined || spanId === undefined) throw new Error("malformed id in a test");
  return { traceId, spanId };
}

function service(name: string, namespace = "shop"): Endpoint {
  return { cluster: "c1", namespace, kind: "service", name, mesh: null, service: name };
}

const broker: Endpoint = {
  cluster: "c1",
  namespace: "",
  kind: "external",
  name: "kafka",
  mesh: null,
  reason: "queue:kafka",
};

type Fields = Partial<SpanSide> & { readonly trace?: number; readonly parent?: number | undefined };

function side(id: number, role: SpanSide["role"], own: string | Endpoint, fields: Fields = {}): SpanSide {
  const { trace = 1, parent, ...rest } = fields;
  return {
    ...idsOf(trace, id),
    ...(parent === undefined ? {} : { parentSpanId: idsOf(trace, parent).spanId }),
    shared: false,
    role,
    own: typeof own === "string" ? service(own) : own,
    protocol: "http",
    endMs: NOW,
    durationMs: 5,
    code: "200",
    grpcStatus: "",
    flags: [],
    sampled: null,
    ...rest,
  };
}

function nameOf({ kind, name, reason }: Endpoint): string {
  return kind === "service" ? name : kind === "unknown" ? `?${reason ?? ""}` : `${kind} ${name}`;
}

/** Calls as `source → target code`, sorted; what was left out, by code. */
function pairing(limit?: number) {
  const calls: SpanCall[] = [];
  const learnt: string[] = [];
  const sink = {
    call: (call: SpanCall) => calls.push(call),
    learn: (from: Endpoint, host: Endpoint, to: Endpoint) => learnt.push(`${from.name} ${host.name} = ${to.name}`),
  };
  const pairs = new PairingRig(sink, limit);
  const texts = (): string[] =>
    calls.map(({ edge, code }) => `${nameOf(edge.source)} → ${nameOf(edge.target)} ${code}`).sort();
  return { pairs, calls, learnt, texts };
}

/** The calls of these spans, 10 s after the last. */
function callsOf(...sides: readonly SpanSide[]): string[] {
  const { pairs, texts } = pairing();
  pairs.see(sides, NOW);
  pairs.settle(NOW + 10_000);
  return texts();
}

describe("each form of a call counts once", () => {
  test("client and server, told by the server", () => {
    expect(callsOf(side(1, "client", "web", { code: "504" }), side(2, "server", "cart", { parent: 1 }))).toEqual([
      "web → cart 200",
    ]);
  });

  test("the two halves of a shared id, with and without the flag", () => {
    for (const shared of [true, false]) {
      const root = side(9, "server", "web");
      const client = side(1, "client", "web", { parent: 9 });
      expect(callsOf(root, client, side(1, "server", "cart", { parent: 9, shared }))).toEqual(["web → cart 200"]);
    }
  });

  test("a shared id without its client half falls back on the parent", () => {
    expect(callsOf(side(9, "server", "web"), side(1, "server", "cart", { parent: 9, shared: true }))).toEqual([
      "web → cart 200",
    ]);
  });

  test("a root begins a trace and is no call, unless it names its caller; it may call itself shared", () => {
    expect(callsOf(side(1, "server", "web"))).toEqual([]);
    expect(callsOf(side(1, "server", "ingress", { shared: true }))).toEqual([]);
    expect(callsOf(side(1, "server", "web", { peer: service("phone") }))).toEqual(["phone → web 200"]);
  });

  test("server below a server of another service: the client side is missing", () => {
    expect(callsOf(side(1, "server", "web"), side(2, "server", "cart", { parent: 1 }))).toEqual(["web → cart 200"]);
  });

  test("the application's server span below its own proxy's is no call, whatever the two know of their name", () => {
    const app: Endpoint = { ...service("cart", ""), cluster: "" };
    const dotted: Endpoint = { ...service("cart.shop", ""), cluster: "" };
    for (const own of [app, dotted, service("cart")]) {
      expect(
        callsOf(
          side(1, "client", "web"),
          side(2, "server", "cart", { parent: 1 }),
          side(3, "server", own, { parent: 2 }),
        ),
      ).toEqual(["web → cart 200"]);
    }
  });

  test("internal spans are no call, and looked through", () => {
    expect(
      callsOf(
        side(1, "server", "web"),
        side(2, "internal", "cart", { parent: 1 }),
        side(3, "internal", "cart", { parent: 2 }),
        side(4, "server", "cart", { parent: 3 }),
      ),
    ).toEqual(["web → cart 200"]);
    expect(callsOf(side(1, "internal", "web"), side(2, "internal", "cart", { parent: 1 }))).toEqual([]);
  });

  test("the application's client span above its proxy's is the same call", () => {
    expect(
      callsOf(
        side(1, "client", { ...service("web", ""), cluster: "" }),
        side(2, "client", "web", { parent: 1 }),
        side(3, "server", "cart", { parent: 2 }),
      ),
    ).toEqual(["web → cart 200"]);
  });

  test("a gateway's server and client span in one process are no call between them", () => {
    expect(
      callsOf(
        side(1, "server", "gateway"),
        side(2, "client", "gateway", { parent: 1 }),
        side(3, "server", "web", { parent: 2 }),
      ),
    ).toEqual(["gateway → web 200"]);
  });

  test("retries of one client span are as many calls as servers told of", () => {
    expect(
      callsOf(
        side(1, "client", "web"),
        side(2, "server", "cart", { parent: 1, code: "503" }),
        side(3, "server", "cart", { parent: 1 }),
      ),
    ).toEqual(["web → cart 200", "web → cart 503"]);
  });

  test("a service that calls itself", () => {
    expect(callsOf(side(1, "client", "web"), side(2, "server", "web", { parent: 1 }))).toEqual(["web → web 200"]);
  });

  test("producer and consumer meet at the broker, which the consumer need not name", () => {
    const producer = side(1, "producer", "web", { peer: broker });
    const all = ["external kafka → mail 200", "web → external kafka 200"];
    expect(callsOf(producer, side(2, "consumer", "mail", { parent: 1, peer: broker }))).toEqual(all);
    expect(callsOf(producer, side(2, "consumer", "mail", { parent: 1 }))).toEqual(all);
    expect(callsOf(side(2, "consumer", "mail"))).toEqual(["?queue: → mail 200"]);
  });

  test("a waypoint's span is the call; those above and below it are not", () => {
    const through = { source: service("web"), target: service("cart") };
    const waypoint: Endpoint = { ...service("waypoint"), kind: "waypoint" };
    const forms = [
      [side(2, "server", waypoint, { parent: 1, through })],
      [
        side(2, "server", waypoint, { parent: 1, through }),
        side(3, "client", waypoint, { parent: 2, through }),
        side(4, "server", "cart", { parent: 3 }),
      ],
      [
        side(1, "client", "web"),
        side(2, "server", waypoint, { parent: 1, through }),
        side(4, "server", "cart", { parent: 2 }),
      ],
      [side(3, "client", waypoint, { parent: 2, through }), side(4, "server", "cart", { parent: 3 })],
    ];
    for (const form of forms) expect(callsOf(...form)).toEqual(["web → cart 200"]);
  });

  test("a waypoint's span of a call further on leaves the call above it half, to whoever made the one further on", () => {
    const through = { source: service("cart"), target: service("stock") };
    const waypoint: Endpoint = { ...service("waypoint"), kind: "waypoint" };
    expect(callsOf(side(1, "client", "web"), side(2, "server", waypoint, { parent: 1, through }))).toEqual([
      "cart → stock 200",
      "web → cart 200",
    ]);
  });

  test("a lone client is half a call with whom it names, else with a span below it, else with nobody", () => {
    const peer = service("cart");
    expect(callsOf(side(1, "client", "web", { peer }))).toEqual(["web → cart 200"]);
    expect(callsOf(side(1, "client", "web", { peer }), side(2, "client", "gateway", { parent: 1, peer }))).toEqual([
      "gateway → cart 200",
      "web → gateway 200",
    ]);
    expect(callsOf(side(1, "client", "web"))).toEqual(["web → ?span_peer_unknown 200"]);
  });

  test("a lone server is half a call with whom it names, else with nobody", () => {
    expect(callsOf(side(2, "server", "cart", { parent: 1, peer: service("web") }))).toEqual(["web → cart 200"]);
    expect(callsOf(side(2, "server", "cart", { parent: 1 }))).toEqual(["?span_caller_missing → cart 200"]);
  });
});

describe("time", () => {
  test("a pair counts at once, half a call after 10 s and not before", () => {
    const { pairs, texts } = pairing();
    pairs.see([side(1, "client", "web"), side(2, "server", "cart", { parent: 1 }), side(3, "client", "web")], NOW);
    expect(texts()).toEqual(["web → cart 200"]);
    pairs.settle(NOW + 9_999);
    expect(texts()).toHaveLength(1);
    pairs.settle(NOW + 10_000);
    expect(texts()).toEqual(["web → ?span_peer_unknown 200", "web → cart 200"]);
  });

  test("a partner that comes after its call was counted adds nothing, and is counted as late", () => {
    const client = side(1, "client", "web", { peer: service("cart") });
    const server = side(2, "server", "cart", { parent: 1 });
    const below = side(3, "client", "web", { parent: 1, peer: service("cart") });
    for (const [first, second] of [
      [client, server],
      [server, client],
      [client, below],
    ] as const) {
      const { pairs, texts } = pairing();
      pairs.see([first], NOW);
      pairs.settle(NOW + 10_000);
      expect(texts()).toHaveLength(1);
      pairs.see([second], NOW + 20_000);
      pairs.settle(NOW + 40_000);
      expect(texts()).toHaveLength(1);
      expect(pairs.takeLosses()).toEqual(new Map([["span_late", 1]]));
      expect(pairs.takeLosses().size).toBe(0);
    }
  });

  test("clocks apart by minutes pair as well, each call at its server's end", () => {
    const { pairs, calls } = pairing();
    pairs.see([side(1, "client", "web", { endMs: NOW - 400_000 })], NOW);
    pairs.see([side(2, "server", "cart", { parent: 1, endMs: NOW + 300_000 })], NOW + 50);
    expect(calls.map(({ endMs }) => endMs)).toEqual([NOW + 300_000]);
  });

  test("a span that ends more than ten minutes from now is in no edge, and counted", () => {
    const { pairs, texts } = pairing();
    pairs.see(
      [side(1, "server", "web", { endMs: NOW - 600_001 }), side(2, "server", "web", { endMs: NOW + 600_001 })],
      NOW,
    );
    pairs.settle(NOW + 10_000);
    expect(texts()).toEqual([]);
    expect(pairs.takeLosses()).toEqual(new Map([["span_out_of_time", 2]]));
  });
});

test("the same body twice adds nothing twice", () => {
  const body = [
    side(1, "server", "web"),
    side(2, "client", "web", { parent: 1 }),
    side(3, "server", "cart", { parent: 2 }),
    side(4, "client", "cart", { parent: 3, peer: broker }),
    side(5, "producer", "cart", { parent: 3, peer: broker }),
  ];
  const { pairs, texts } = pairing();
  pairs.see(body, NOW);
  const once = callsOf(...body);
  pairs.see(body, NOW + 5_000);
  pairs.settle(NOW + 10_000);
  pairs.see(body, NOW + 30_000);
  pairs.settle(NOW + 50_000);
  expect(texts()).toEqual(once);
  expect(pairs.takeLosses().size).toBe(0);
});

test("what a host turned out to be is learnt from a pair", () => {
  const { pairs, learnt } = pairing();
  const peer: Endpoint = { cluster: "c1", namespace: "", kind: "external", name: "cart.example", mesh: null };
  pairs.see([side(1, "client", "web", { peer }), side(2, "server", "cart", { parent: 1 })], NOW);
  expect(learnt).toEqual(["web cart.example = cart"]);
});

describe("bounds", () => {
  test("past the limit the oldest becomes half a call at once, and is counted", () => {
    const { pairs, texts } = pairing(10);
    pairs.see(
      Array.from({ length: 15 }, (_, i) => side(i + 1, "client", "web", { trace: i + 1 })),
      NOW,
    );
    expect(pairs.size).toBe(10);
    expect(texts()).toHaveLength(5);
    expect(pairs.takeLosses()).toEqual(new Map([["pairing_full", 5]]));
    pairs.settle(NOW + 10_000);
    expect(texts()).toHaveLength(15);
  });

  test("what was settled is forgotten after ten minutes", () => {
    const { pairs } = pairing();
    pairs.see([side(1, "server", "web")], NOW);
    pairs.settle(NOW + 599_999);
    expect(pairs.size).toBe(1);
    pairs.settle(NOW + 600_000);
    expect(pairs.size).toBe(0);
  });

  test("72,000 levels, client below server below client, are 36,000 calls", () => {
    const deep = Array.from({ length: 72_000 }, (_, i) =>
      side(i + 1, i % 2 === 0 ? "client" : "server", `s${(i + 1) >>> 1}`, i === 0 ? {} : { parent: i }),
    );
    const { pairs, calls } = pairing();
    pairs.see(deep.toReversed(), NOW);
    pairs.settle(NOW + 10_000);
    expect(calls).toHaveLength(36_000);
    expect(pairs.takeLosses().size).toBe(0);
  }, 60_000);

  test("72,000 internal levels end the search and make no call", () => {
    const deep = Array.from({ length: 72_000 }, (_, i) => side(i + 1, "internal", "web", i === 0 ? {} : { parent: i }));
    expect(callsOf(...deep, side(80_000, "server", "web", { parent: 72_000 }))).toEqual([]);
  }, 60_000);

  test("spans that are each other's parents, one id of every role and service: an end, and no call twice", () => {
    const roles = ["client", "server", "producer", "consumer", "internal"] as const;
    const ring = Array.from({ length: 50 }, (_, i) =>
      side(i + 1, roles[i % 5] ?? "server", `s${i % 7}`, { parent: ((i + 1) % 50) + 1 }),
    );
    expect(callsOf(...ring).length).toBeLessThanOrEqual(50);
    const same = Array.from({ length: 50 }, (_, i) => side(1, roles[i % 5] ?? "server", `s${i}`, { parent: 1 }));
    expect(callsOf(...same).length).toBeLessThanOrEqual(50);
    expect(callsOf(side(1, "server", "a", { parent: 2 }), side(2, "server", "b", { parent: 1 })).sort()).toEqual([
      "a → b 200",
      "b → a 200",
    ]);
  });
});

/** A trace as an estate makes it: sidecars, applications with and without spans, gateways, shared ids, lost spans. */
const estate = fc
  .array(
    fc.record({
      form: fc.constantFrom("pair", "shared", "app", "noClient", "queue", "loneClient"),
      under: fc.nat(30),
      to: fc.constantFrom("a", "b", "c", "d"),
      code: fc.constantFrom("200", "404", "503"),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((calls) => {
    const spans: SpanSide[] = [side(1, "server", "root")];
    const servers: { readonly id: number; readonly name: string }[] = [{ id: 1, name: "root" }];
    let next = 2;
    for (const { form, under, to, code } of calls) {
      const above = servers[under % servers.length] ?? { id: 1, name: "root" };
      const name = to === above.name ? `${to}${to}` : to;
      const client = next++;
      const server = form === "shared" ? client : next++;
      const [parent, shared] = [above.id, form === "shared"];
      if (form === "queue") spans.push(side(client, "producer", above.name, { parent, peer: broker, code }));
      else if (form !== "noClient")
        spans.push(side(client, "client", above.name, { parent, code, peer: service(name) }));
      if (form === "app") spans.push(side(next++, "client", above.name, { parent: client, peer: service(name), code }));
      const role = form === "queue" ? "consumer" : "server";
      const from = form === "noClient" || shared ? above.id : form === "app" ? next - 1 : client;
      if (form === "loneClient") continue;
      spans.push(side(server, role, name, { parent: from, shared, code }));
      servers.push({ id: server, name });
    }
    return spans;
  });

const shuffled = (count: number) =>
  fc.shuffledSubarray(
    Array.from({ length: count }, (_, i) => i),
    { minLength: count },
  );

test("any order and any split into batches within 10 s give the same calls", () => {
  fc.assert(
    fc.property(
      estate.chain((spans) => fc.tuple(fc.constant(spans), shuffled(spans.length), fc.infiniteStream(fc.nat(3)))),
      ([spans, order, gaps]) => {
        const { pairs, texts } = pairing();
        let nowMs = NOW;
        const last = NOW + 9_000;
        for (const at of order) {
          nowMs = Math.min(last, nowMs + (gaps.next().value ?? 0) * 100);
          const span = spans[at];
          if (span !== undefined) pairs.see([span], nowMs);
        }
        pairs.settle(NOW + 30_000);
        expect(texts()).toEqual(callsOf(...spans));
        expect(pairs.takeLosses().size).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
});

test("every server and consumer span of a whole trace but its root is one call, and every message sent another", () => {
  fc.assert(
    fc.property(estate, (spans) => {
      const answered = spans.filter(({ role }) => role === "server" || role === "consumer" || role === "producer");
      const ids = new Set(spans.flatMap((span) => span.parentSpanId ?? []));
      const lone = spans.filter(
        (span) =>
          span.role === "client" &&
          !ids.has(span.spanId) &&
          !spans.some((other) => other.role === "server" && other.spanId === span.spanId),
      );
      expect(callsOf(...spans)).toHaveLength(answered.length - 1 + lone.length);
    }),
  );
});
