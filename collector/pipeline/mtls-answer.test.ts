/** `/mtls` over the whole chain: shares are added and never overwritten, units never mixed, every plaintext has a reason. */
import { expect, test } from "vitest";
import { mtlsAnswer } from "../../lib/query/mtls-answer.ts";
import { type MtlsAnswer, mtlsAnswerSchema, mtlsParametersSchema } from "../../lib/query/schema/security.ts";
import { istio, lines, Rig, T0, type Target } from "./truth-rig.ts";

type Labels = Readonly<Record<string, string>>;

function series(name: string, labels: Labels, value: number): string {
  const text = Object.entries(labels).map(([key, label]) => `${key}="${label}"`);
  return `${name}{${text.join(",")}} ${value}`;
}

async function mtls(rig: Rig, query: Record<string, string | string[]> = {}): Promise<MtlsAnswer> {
  const parameters = mtlsParametersSchema.parse(query);
  const context = { ids: rig.ids, targets: { up: 1, down: 0 } };
  return mtlsAnswerSchema.parse(mtlsAnswer(await rig.snapshot(), parameters, context));
}

/** Two readings ten seconds apart: what is counted is `value` of each series. */
function counted(rig: Rig, body: (n: 0 | 1) => string, target: Target): void {
  rig.scrape(T0, body(0), target);
  rig.scrape(T0 + 10_000, body(1), target);
}

const WEB: Target = { mesh: "linkerd", pod: "web-1", workload: "web", job: "l" };
const outbound = (to: string, value: number, labels: Labels) =>
  series(
    "response_total",
    {
      direction: "outbound",
      dst_namespace: "votes",
      dst_deployment: to,
      dst_control_plane_ns: "linkerd",
      status_code: "200",
      classification: "success",
      ...labels,
    },
    value,
  );
const MUTUAL = { tls: "true", server_id: "x" };

test("shares of a place are of added counts: 10 mutual, 30 mutual and 20 plain are 66.7 %", async () => {
  const rig = new Rig();
  counted(
    rig,
    (n) =>
      lines(
        outbound("a", n * 10, MUTUAL),
        outbound("b", n * 30, MUTUAL),
        outbound("c", n * 20, { tls: "no_identity", no_tls_reason: "not_provided_by_service_discovery" }),
      ),
    WEB,
  );
  const answer = await mtls(rig);
  expect(answer.estate).toMatchObject({
    http: {
      mtls: { mutual: 0.6667, plaintext: 0.3333, total: 60, unit: "requests" },
      edges: 3,
      plaintextEdges: 1,
      unknownEdges: 0,
    },
    tcp: { mtls: null, edges: 0 },
  });
  expect(answer.meshes).toMatchObject([{ name: "linkerd", http: { mtls: { mutual: 0.6667, total: 60 } } }]);
  expect(answer.namespaces).toMatchObject([{ name: "votes", cluster: "c1", http: { edges: 3 } }]);
  expect(answer.edges[0]?.target.name).toBe("c");
});

test("connections and requests stand beside each other and are never one figure", async () => {
  const rig = new Rig();
  counted(
    rig,
    (n) =>
      lines(
        outbound("api", n * 900, MUTUAL),
        series(
          "tcp_open_total",
          {
            direction: "outbound",
            peer: "dst",
            dst_namespace: "votes",
            dst_statefulset: "db",
            tls: "no_identity",
            no_tls_reason: "port_skipped",
          },
          n * 2,
        ),
      ),
    WEB,
  );
  const { estate, edges, plaintext } = await mtls(rig);
  expect(estate.http.mtls).toMatchObject({ mutual: 1, total: 900, unit: "requests" });
  expect(estate.tcp.mtls).toMatchObject({ unknown: 1, total: 2, unit: "connections" });
  expect(plaintext.total).toBe(0);
  expect(edges.find(({ protocol }) => protocol === "tcp")).toMatchObject({ reason: "port_skipped", plaintext: 0 });
});

test("callers in plaintext come worst first, each with its proxy's reason or the one that its place gives", async () => {
  const rig = new Rig();
  const unnamed = { policy: "none", to: "pay" } as const;
  rig.scrape(T0, lines(istio(0, unnamed)), { pod: "pay-1" });
  rig.scrape(T0 + 10_000, lines(istio(7, unnamed)), { pod: "pay-1" });
  counted(
    rig,
    (n) =>
      lines(
        outbound("voting", n * 50, { tls: "no_identity", no_tls_reason: "no_authority_in_http_request" }),
        series(
          "response_total",
          {
            direction: "inbound",
            target_port: "80",
            status_code: "200",
            tls: "no_identity",
            no_tls_reason: "no_tls_from_remote",
          },
          n * 20,
        ),
      ),
    WEB,
  );
  const { callers, total } = (await mtls(rig)).plaintext;
  expect(total).toBe(3);
  expect(callers.map(({ source, target, plaintext, reason }) => [source.name, target.name, plaintext, reason])).toEqual(
    [
      ["web", "voting", 50, "no_authority_in_http_request"],
      ["unknown", "web", 20, "no_tls_from_remote"],
      // Istio's proxy names web, which stands behind one of Linkerd's.
      ["web", "pay", 7, "caller_in_other_mesh"],
    ],
  );
});

test("between two proxies of one mesh the reason is a policy, and of a caller without one that it has none", async () => {
  const rig = new Rig();
  const body = (n: number) =>
    lines(
      istio(n * 7, { policy: "none", to: "pay" }),
      istio(n * 3, { policy: "none", to: "cart" }).replaceAll(/source_(\w+)="(?:web|shop)"/g, 'source_$1="unknown"'),
    );
  rig.scrape(T0, body(0), { pod: "pay-1" });
  rig.scrape(T0 + 10_000, body(1), { pod: "pay-1" });
  const { callers } = (await mtls(rig)).plaintext;
  expect(callers.map(({ source, target, reason }) => [source.kind, target.name, reason])).toEqual([
    ["workload", "pay", "accepted_plaintext"],
    ["unknown", "cart", "caller_outside_mesh"],
  ]);
});

test("traffic of which no proxy tells anything is unknown and counts in the total", async () => {
  const rig = new Rig();
  const route = {
    parent_kind: "Service",
    parent_namespace: "votes",
    parent_name: "api",
    http_status: "200",
    error: "",
  };
  counted(
    rig,
    (n) => lines(outbound("a", n * 30, MUTUAL), series("outbound_http_route_request_statuses_total", route, n * 10)),
    WEB,
  );
  const { estate, edges } = await mtls(rig);
  expect(estate.http.mtls).toMatchObject({ mutual: 0.75, unknown: 0.25, total: 40 });
  expect(estate.http.unknownEdges).toBe(1);
  expect(edges.find(({ target }) => target.name === "api")).toMatchObject({ reason: "not_told" });
});

test("what leaves every mesh stands apart, and belongs to its caller's scope", async () => {
  const rig = new Rig();
  const outside = { direction: "outbound", authority: "api.example.com", tls: "no_identity", status_code: "200" };
  counted(rig, (n) => lines(outbound("a", n * 30, MUTUAL), series("response_total", outside, n * 10)), WEB);
  const answer = await mtls(rig);
  expect(answer.namespaces.map(({ name, http }) => [name, http.mtls?.total])).toEqual([
    ["", 10],
    ["votes", 30],
  ]);
  expect((await mtls(rig, { namespace: "shop" })).edges.map(({ target }) => target.name)).toEqual(["api.example.com"]);
  expect((await mtls(rig, { namespace: "votes" })).estate.http.mtls).toMatchObject({ mutual: 1, total: 30 });
});

test("bytes on connections that were opened before the window are an edge of which nothing was counted", async () => {
  const rig = new Rig();
  const db = { direction: "outbound", peer: "dst", dst_namespace: "votes", dst_statefulset: "db", ...MUTUAL };
  counted(rig, (n) => lines(series("tcp_open_total", db, 4), series("tcp_write_bytes_total", db, 100 + n * 900)), WEB);
  const { estate, edges } = await mtls(rig);
  expect(estate.tcp).toMatchObject({ mtls: null, edges: 1, unknownEdges: 1 });
  expect(edges).toMatchObject([{ mtls: null, reason: "no_connection_opened", plaintext: 0 }]);
});

test("edges are paged without a gap or a repeat, least mutual first", async () => {
  const rig = new Rig();
  counted(
    rig,
    (n) =>
      lines(
        ...Array.from({ length: 9 }, (_, i) =>
          outbound(`w${i}`, n * 10, i % 3 === 0 ? { tls: "no_identity" } : MUTUAL),
        ),
      ),
    WEB,
  );
  const names: string[] = [];
  let cursor: string | null = null;
  do {
    const page: MtlsAnswer = await mtls(rig, { limit: "2", ...(cursor === null ? {} : { cursor }) });
    names.push(...page.edges.map(({ target }) => target.name));
    expect(page.total).toBe(9);
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(new Set(names).size).toBe(9);
  expect(names).toHaveLength(9);
  expect(new Set(names.slice(0, 3))).toEqual(new Set(["w0", "w3", "w6"]));
});

test("between two meshes that is the reason, whatever each proxy says of any stranger", async () => {
  const rig = new Rig();
  const bank: Target = { mesh: "linkerd", pod: "ledger-1", workload: "ledger", service: "ledger", job: "b" };
  const sent = (n: number) => istio(n * 40, { reporter: "source", to: "ledger" });
  const unlabelled = (n: number) =>
    sent(n).replaceAll(
      /destination_(workload|canonical_service|cluster|workload_namespace)="[^"]*"/g,
      'destination_$1="unknown"',
    );
  const arrived = (n: number) =>
    series(
      "response_total",
      {
        direction: "inbound",
        target_port: "80",
        status_code: "200",
        tls: "no_identity",
        no_tls_reason: "no_tls_from_remote",
      },
      n * 40,
    );
  for (const n of [0, 1, 2, 3, 4, 5, 6, 7] as const) {
    rig.scrape(T0 + n * 10_000, unlabelled(n), { pod: "web-1" });
    rig.scrape(T0 + n * 10_000, arrived(n), bank);
  }
  const { callers } = (await mtls(rig)).plaintext;
  expect(
    callers.map(({ source, target, reason, mtls: share }) => [
      source.name,
      target.name,
      reason,
      share?.evidence.family,
    ]),
  ).toEqual([["web", "ledger", "caller_in_other_mesh", "response_total"]]);
});

test("edges that only spans tell of are listed and in no figure", async () => {
  const rig = new Rig();
  counted(rig, (n) => lines(outbound("a", n * 30, MUTUAL)), WEB);
  const snapshot = await rig.snapshot();
  const spans = snapshot.facts.map((fact) => ({ ...fact, counts: { ...fact.counts, reporters: new Set(["span"]) } }));
  const context = { ids: rig.ids, targets: { up: 1, down: 0 } };
  const answer = mtlsAnswer({ ...snapshot, facts: spans }, mtlsParametersSchema.parse({}), context);
  expect(answer.estate.http).toMatchObject({ mtls: null, edges: 1, unknownEdges: 1 });
  expect(answer.edges).toMatchObject([{ mtls: null, reason: "only_spans" }]);
});
