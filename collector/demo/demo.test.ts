import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import type { Mesh } from "../../lib/model/identity.ts";
import { Demo, type Ready } from "./demo.ts";

const START = Date.UTC(2026, 0, 5, 9);

interface Received {
  readonly path: string;
  readonly type: string;
  readonly body: Uint8Array;
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A demo whose clock stands still until it is moved. */
async function boot(spentMs = () => 0): Promise<{ demo: Demo; ready: Ready; sleep: (ms: number) => void }> {
  let now = START;
  const demo = new Demo(3, () => now, spentMs);
  const ready = await demo.start();
  closers.push(() => demo.stop());
  const sleep = (ms: number): void => {
    for (const end = now + ms; now < end; ) {
      now = Math.min(now + 1000, end);
      demo.step();
    }
  };
  return { demo, ready, sleep };
}

async function read(request: IncomingMessage): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  return request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
}

/** Stands in for the collector's receivers. */
async function sink(status: number): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server: Server = createServer((request, response) => {
    void read(request).then((body) => {
      received.push({ path: request.url ?? "", type: String(request.headers["content-type"]), body });
      response.writeHead(request.url === "/api/v2/spans" ? status : 200, { "content-type": "application/json" });
      response.end(request.url === "/v1/traces" ? "{}" : "");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const { port }: Pick<AddressInfo, "port"> = typeof address === "object" && address !== null ? address : { port: 0 };
  return { url: `http://127.0.0.1:${port}`, received };
}

const text = (body: Uint8Array): string => new TextDecoder().decode(body);

/** What every proxy of a mesh prints and no other's does so. */
const SIGNATURE: Readonly<Record<Mesh, string>> = {
  istio: "istio_build{component=",
  linkerd: "control_identity_cert_expiration_timestamp_seconds",
  consul: 'consul_source_datacenter="vm-dc1"',
  appmesh: "cds_egress_",
  envoy: "envoy_server_uptime",
};

describe("the demo's server", () => {
  test("serves every target of its jobs, labelled, in its own dialect", async () => {
    const { ready, sleep } = await boot();
    sleep(5000);
    expect(ready.jobs.map((job) => [job.name, job.mesh, job.interval])).toEqual([
      ["shop", "istio", "5s"],
      ["search", "envoy", "5s"],
      ["orders", "linkerd", "5s"],
      ["reviews", "istio", "5s"],
      ["billing", "consul", "5s"],
      ["loyalty", "appmesh", "5s"],
      ["recommend-moved", "istio", "5s"],
      ["partners", "appmesh", "5s"],
    ]);
    for (const job of ready.jobs) {
      for (const { url, labels } of job.targets) {
        const answer = await fetch(url);
        expect(answer.status).toBe(200);
        expect(url.startsWith(`${ready.controlUrl}/proxies/${labels["pod"]}/`)).toBe(true);
        expect(await answer.text()).toContain(SIGNATURE[job.mesh]);
      }
    }
    const web = ready.jobs[0]?.targets.find((target) => target.labels["workload"] === "web-v1");
    expect(web?.labels).toMatchObject({ namespace: "shop", service: "web", app: "web", version: "v1" });
  });

  test("on a machine that is too slow for the world the world falls behind, and scrapes are answered between its steps", async () => {
    let spent = 0;
    let costs = 15;
    const { demo, ready, sleep } = await boot(() => {
      spent += costs;
      return spent;
    });
    const before = spent;
    sleep(1000);
    costs = 0;
    const stepped = spent - before;
    const behind = demo.world.nowMs;
    expect(behind).toBeGreaterThan(START);
    expect(behind).toBeLessThan(START + 1000);
    // Half of the time is the world's: however often it is asked, it rests as long as its last step took.
    const url = ready.jobs[0]?.targets[0]?.url ?? "";
    expect((await fetch(url)).status).toBe(200);
    expect(demo.world.nowMs).toBe(behind);
    spent += stepped;
    expect((await fetch(url)).status).toBe(200);
    expect(demo.world.nowMs).toBeGreaterThan(behind);
  });

  test("prints what the truth says, and more of it as time passes", async () => {
    const { demo, ready, sleep } = await boot();
    const printed = async (): Promise<number> => {
      let sum = 0;
      for (const target of ready.jobs[0]?.targets ?? []) {
        const body = await (await fetch(target.url)).text();
        const lines = body.matchAll(
          /^istio_requests_total\{reporter="destination",.*destination_workload="cart-v1".*\} (\d+)$/gm,
        );
        for (const [, count] of lines) sum += Number(count);
      }
      return sum;
    };
    const arrived = (): number =>
      demo.world
        .truth()
        .filter((e) => e.target.name === "cart-v1")
        .reduce((sum, e) => sum + e.arrived, 0);
    expect(await printed()).toBe(0);
    sleep(3000);
    const first = await printed();
    expect(first).toBe(arrived());
    expect(first).toBeGreaterThan(50);
    sleep(3000);
    expect(await printed()).toBe(arrived());
    expect(await printed()).toBeGreaterThan(first);
    const truth: unknown = await (await fetch(`${ready.controlUrl}/truth`)).json();
    expect(truth).toMatchObject({ startMs: START, nowMs: START + 6000, edges: demo.world.truth() });
  });

  test("says what it is in its content type: OpenMetrics where the app behind the agent speaks it", async () => {
    const { ready } = await boot();
    const type = async (workload: string): Promise<string | null> => {
      const target = ready.jobs.flatMap((job) => job.targets).find((t) => t.labels["workload"] === workload);
      const answer = await fetch(target?.url ?? "", { headers: { "accept-encoding": "gzip" } });
      expect(answer.headers.get("content-encoding")).toBe("gzip");
      await answer.text();
      return answer.headers.get("content-type");
    };
    expect(await type("catalog-v1")).toMatch(/^application\/openmetrics-text/);
    expect(await type("query")).toMatch(/^text\/plain/);
  });

  test("switches incidents", async () => {
    const { ready, sleep } = await boot();
    const post = (name: string, body: string): Promise<Response> =>
      fetch(`${ready.controlUrl}/incidents/${name}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
    sleep(1000);
    const on = await post("retry-storm", '{"active":true}');
    expect(on.status).toBe(200);
    const list: unknown = await on.json();
    const entry = (active: boolean, sinceMs: number | null) =>
      expect.objectContaining({
        name: "retry-storm",
        title: expect.any(String),
        description: expect.any(String),
        active,
        sinceMs,
      });
    expect(list).toEqual({ incidents: expect.arrayContaining([entry(true, START + 1000)]) });
    expect(await (await fetch(`${ready.controlUrl}/incidents`)).json()).toEqual(list);
    const off: unknown = await (await post("retry-storm", '{"active":false}')).json();
    expect(off).toEqual({ incidents: expect.arrayContaining([entry(false, null)]) });
  });

  test("answers mistakes with a code", async () => {
    const { ready } = await boot();
    const ask = async (path: string, init?: RequestInit): Promise<readonly [number, unknown]> => {
      const answer = await fetch(`${ready.controlUrl}${path}`, init);
      return [answer.status, await answer.json()];
    };
    const error = (code: string): unknown => ({ code, message: expect.any(String) });
    const post = (body: string): RequestInit => ({ method: "POST", body });
    expect(await ask("/nowhere")).toEqual([404, error("not_found")]);
    expect(await ask("/proxies/none/stats/prometheus")).toEqual([404, error("proxy_not_found")]);
    expect(await ask("/incidents/flood", post('{"active":true}'))).toEqual([404, error("incident_not_found")]);
    for (const body of ["", "{", "[]", "null", '{"active":1}', `{"active":true,"pad":"${"x".repeat(5000)}"}`]) {
      expect(await ask("/incidents/bad-canary", post(body))).toEqual([400, error("invalid_body")]);
    }
  });

  test("refuses connections once it has stopped, and stops once however often it is asked", async () => {
    const { demo, ready } = await boot();
    await Promise.all([demo.stop(), demo.stop()]);
    await expect(fetch(ready.controlUrl)).rejects.toThrow();
  });
});

describe("the demo's traces", () => {
  test("go out as OTLP JSON, OTLP protobuf and Zipkin, agreeing on ids", async () => {
    const { demo, sleep } = await boot();
    const { url, received } = await sink(202);
    await demo.exportTo({ otlpHttp: url, zipkin: url });
    sleep(5000);
    await demo.stop();
    const of = (path: string, type: string): Received[] =>
      received.filter((r) => r.path === path && r.type.startsWith(type));
    const json = of("/v1/traces", "application/json").map((r) => text(r.body));
    const proto = of("/v1/traces", "application/x-protobuf");
    const zipkin = of("/api/v2/spans", "application/json").map((r) => JSON.parse(text(r.body)));
    const zipkinProto = of("/api/v2/spans", "application/x-protobuf");
    expect(zipkinProto.length).toBeGreaterThan(0);
    expect(received.length).toBe(json.length + proto.length + zipkin.length + zipkinProto.length);
    const spans: Record<string, unknown>[] = zipkin.flat();
    expect(spans.length).toBeGreaterThan(100);
    for (const body of zipkin) expect(body.length).toBeLessThanOrEqual(5);
    const cart = spans.find(
      (span) => span["name"] === "cart.shop.svc.cluster.local:8080/*" && span["kind"] === "SERVER",
    );
    expect(cart).toMatchObject({
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      parentId: expect.stringMatching(/^[0-9a-f]{16}$/),
      timestamp: expect.any(Number),
      duration: expect.any(Number),
      localEndpoint: { serviceName: "cart.shop", ipv4: expect.any(String), port: 0 },
      tags: expect.objectContaining({ component: "proxy", "http.status_code": expect.any(String) }),
    });
    expect(spans.find((span) => span["shared"] === true)?.["traceId"]).toMatch(/^[0-9a-f]{16}$/);
    // The client half of cart's server span is web's, which goes out as OTLP JSON.
    const traceId = String(cart?.["traceId"]);
    const clientHalf = json.find((body) => body.includes(traceId) && body.includes(String(cart?.["parentId"])));
    expect(clientHalf).toContain('"istio.canonical_service"');
    // The gateway's root goes out as protobuf, with the id as bytes.
    expect(proto.some((r) => Buffer.from(r.body).includes(Buffer.from(traceId, "hex")))).toBe(true);
  });

  test("keep kind, times, status and resource through the OTLP exporter", { timeout: 60_000 }, async () => {
    const { demo, sleep } = await boot();
    demo.world.switchIncident("bad-canary", true);
    const { url, received } = await sink(202);
    await demo.exportTo({ otlpHttp: url, zipkin: url });
    sleep(20_000);
    await demo.stop();
    const bodies = received.filter((r) => r.path === "/v1/traces" && r.type === "application/json");
    const resourceSpans = bodies.flatMap((r) => JSON.parse(text(r.body)).resourceSpans);
    const spans = resourceSpans.flatMap((r) => r.scopeSpans.flatMap((s: { spans: unknown[] }) => s.spans));
    const server = spans.find((s) => s.kind === 2 && s.status.code === 0);
    expect(BigInt(server.endTimeUnixNano) - BigInt(server.startTimeUnixNano)).toBeGreaterThan(0n);
    expect(Number(BigInt(server.startTimeUnixNano) / 1_000_000n)).toBeGreaterThanOrEqual(START);
    expect(spans.some((s) => s.kind === 3 && s.status.code === 2)).toBe(true);
    expect(spans.some((s) => s.kind === 1)).toBe(true);
    const names = resourceSpans.map((r) =>
      r.resource.attributes.find((a: { key: string }) => a.key === "service.name"),
    );
    expect(names.map((a) => a.value.stringValue)).toContain("web.shop");
  });

  test("count what the collector refused", async () => {
    const { demo, ready, sleep } = await boot();
    const { url } = await sink(503);
    await demo.exportTo({ otlpHttp: url, zipkin: url });
    sleep(3000);
    const exportsSoFar = async (): Promise<unknown> => (await fetch(`${ready.controlUrl}/exports`)).json();
    await expect.poll(exportsSoFar).toMatchObject({ exports: { zipkin: { sent: 0, lastError: "answered 503" } } });
  });
});
