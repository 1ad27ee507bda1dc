import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { environmentName, loadConfig } from "./load.ts";
import { parseDurationMs, parseSizeBytes } from "./units.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "meshscope-config-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function load(yaml: string | null, argv: readonly string[] = [], env: Record<string, string> = {}) {
  const path = join(folder, "meshscope.yaml");
  rmSync(path, { force: true });
  if (yaml !== null) writeFileSync(path, yaml);
  return loadConfig({ argv, env, cwd: folder });
}

function errorOf(yaml: string | null, argv: readonly string[] = [], env: Record<string, string> = {}) {
  const result = load(yaml, argv, env);
  if (result.ok) throw new Error("expected an error");
  return result.error;
}

describe("loading the configuration", () => {
  test("a missing file is fine and gives the documented ports on loopback", () => {
    const result = load(null);
    expect(result.ok && result.value.listen).toEqual({
      host: "127.0.0.1",
      ingestHost: "127.0.0.1",
      otlpGrpc: 4317,
      otlpHttp: 4318,
      zipkin: 9411,
      api: 4320,
      ui: 3000,
    });
    expect(result.ok && result.value.dataFolder).toBe(join(folder, "data"));
  });

  test("a missing file that was named is an error", () => {
    expect(errorOf(null, ["--config", "nowhere.yaml"]).code).toBe("config_unreadable");
  });

  test("flag beats environment beats file beats default", () => {
    const yaml = "listen: {api: 1, zipkin: 2, otlpHttp: 3}\n";
    const result = load(yaml, ["--listen.api=11"], { MESHSCOPE_LISTEN_API: "12", MESHSCOPE_LISTEN_ZIPKIN: "13" });
    expect(result.ok && result.value.listen).toMatchObject({ api: 11, zipkin: 13, otlpHttp: 3, otlpGrpc: 4317 });
  });

  test("a store of ClickHouse, what is kept, shards and members are read with their defaults", () => {
    const result = load(
      "store: {clickhouse: {url: 'http://127.0.0.1:8123', passwordFile: ch.txt}}\nretention: {spans: 1d, maxDisk: 1GiB}\ningest: {shards: 4}\ncluster: {members: [{name: a, url: 'http://127.0.0.1:1'}], self: a, control: a}\n",
    );
    expect(result.ok && result.value).toMatchObject({
      store: {
        kind: "clickhouse",
        clickhouse: { database: "meshscope", username: "default", passwordFile: join(folder, "ch.txt") },
      },
      retention: { spansMs: 86_400_000, maxDiskBytes: 1024 ** 3, rollups: { tenSecondsMs: 21_600_000 } },
      log: { maxBytes: 4 * 1024 ** 3, commitWithinMs: 50, checkpointMs: 30_000 },
      ingest: { shards: 4 },
      cluster: { self: "a", control: "a", takeoverAfterMs: 300_000 },
    });
  });

  const members = (urls: readonly string[], more = ""): string =>
    `store: {clickhouse: {url: 'http://127.0.0.1:8123'}}\ncluster: {members: [${urls
      .map((url, at) => `{name: m${at}, url: '${url}'}`)
      .join()}], self: m0, control: m0${more}}\n`;

  test.each([
    ["ingest: {shards: 2}\nstore: memory\n", /:1:.*ingest\.shards.*store that keeps/],
    [
      "cluster: {members: [{name: a, url: 'http://127.0.0.1:1'}], self: a, control: a}\nstore: duckdb\n",
      /members share/,
    ],
    [members(["http://127.0.0.1:1", "http://10.0.0.7:1"]), /m1 beyond loopback and no `secretFile`/],
    [members(["http://[::1]:1"]).replace("self: m0", "self: m9"), /m9 is not among/],
    [members(["http://localhost:1"]).replace("}]", "},{name: m0, url: 'http://127.0.0.1:2'}]"), /m0 twice/],
  ])("parts that do not go together are refused: %s", (yaml, message) => {
    expect(errorOf(yaml)).toMatchObject({ code: "config_invalid", message: expect.stringMatching(message) });
  });

  test("members beyond loopback are taken with a secret, whose file is relative to the settings", () => {
    const result = load(members(["http://127.0.0.1:1", "http://10.0.0.7:1"], ", secretFile: s.txt, takeoverAfter: 1m"));
    expect(result.ok && result.value.cluster).toMatchObject({
      secretFile: join(folder, "s.txt"),
      takeoverAfterMs: 60_000,
    });
  });

  test("control planes are read with absolute paths, and a name that stands twice is refused", () => {
    const plane = "{name: dc1, url: 'http://127.0.0.1:8500/', tokenFile: consul.token}";
    const aws = "{name: eu, region: eu-west-1, endpoint: 'http://127.0.0.1:5000/', mesh: shop}";
    const result = load(`control: {consul: [${plane}], appMesh: [${aws}]}\n`);
    expect(result.ok && result.value.control).toMatchObject({
      kubernetes: [],
      consul: [{ name: "dc1", url: "http://127.0.0.1:8500", tokenFile: join(folder, "consul.token") }],
      appMesh: [{ name: "eu", region: "eu-west-1", endpoint: "http://127.0.0.1:5000", mesh: "shop" }],
    });
    const both = `control:\n  consul: [${plane}]\n  appMesh:\n    - name: dc1\n      region: eu-west-1\n`;
    expect(errorOf(both).message).toMatch(/:4:13: `control\.appMesh\.0\.name`: two control planes are called dc1/);
  });
  test("webhooks have one address each, a name, and links only to where the console is reached", () => {
    const hooks = [
      "{url: 'https://a.example/hook', secretFile: hook.secret}",
      "{name: chat, format: slack, urlFile: slack.url, events: [waiting], approvals: true}",
    ];
    const text = (...list: readonly string[]) =>
      `control: {publicUrl: 'https://mesh.example/', notifications: [${list.join(", ")}]}\n`;
    const result = load(text(...hooks));
    expect(result.ok && result.value.control).toMatchObject({
      publicUrl: "https://mesh.example",
      notifications: [
        { name: "generic-1", format: "generic", secretFile: join(folder, "hook.secret"), approvals: false },
        { name: "chat", format: "slack", urlFile: join(folder, "slack.url"), events: ["waiting"], approvals: true },
      ],
    });
    const message = (...list: readonly string[]) => errorOf(text(...list)).message;
    expect(message("{format: slack}")).toContain("one of url and urlFile");
    expect(message("{url: 'https://a.example', urlFile: b}")).toContain("one of url and urlFile");
    expect(message("{url: 'https://a.example', format: slack, secretFile: b}")).toContain("not signed");
    expect(message("{name: a, urlFile: b}", "{name: a, urlFile: c}")).toContain("two webhooks have one name");
    expect(message("{url: 'file:///etc/passwd'}")).toContain("an http or https URL");
  });

  test("how long a mesh takes to bring a weight to its proxies is what it usually takes, unless it is said", () => {
    const usual = load("");
    expect(usual.ok && usual.value.control.propagationMs).toEqual({
      ...{ istio: 10_000, linkerd: 10_000, consul: 30_000, appmesh: 30_000 },
    });
    const said = load("control: {propagation: {consul: 5s}}\n");
    expect(said.ok && said.value.control.propagationMs).toMatchObject({ consul: 5_000, istio: 10_000 });
    expect(load("control: {propagation: {envoy: 5s}}\n").ok).toBe(false);
  });

  test("a Consul names its places, and a mesh of AWS its owner", () => {
    const consul =
      "{name: dc2, url: 'http://c:8500', datacenter: dc2, primaryDatacenter: dc1, namespace: a, partition: b}";
    const aws = "{name: eu, region: us-gov-west-1, mesh: shop, meshOwner: '012345678901', profile: ops}";
    const result = load(`control: {consul: [${consul}], appMesh: [${aws}]}\n`);
    expect(result.ok && result.value.control).toMatchObject({
      kubernetes: [],
      consul: [
        {
          ...{ name: "dc2", url: "http://c:8500", datacenter: "dc2", primaryDatacenter: "dc1" },
          ...{ namespace: "a", partition: "b" },
        },
      ],
      appMesh: [{ name: "eu", region: "us-gov-west-1", mesh: "shop", meshOwner: "012345678901", profile: "ops" }],
    });
  });

  test.each([
    ["region: Ireland", /:4:15: `control\.appMesh\.0\.region`: a region of AWS/],
    ["region: eu-west-1\n      endpoint: ftp://a", /:5:17: `control\.appMesh\.0\.endpoint`: where the App Mesh API/],
    ["region: eu-west-1\n      meshOwner: 12345", /:5:18: `control\.appMesh\.0\.meshOwner`: .*12 digits in quotes/],
    ["region: eu-west-1\n      account: x", /:5:7: unknown key `control\.appMesh\.0\.account`/],
    ["mesh: shop", /:3:7: `control\.appMesh\.0\.region`/],
  ])("an App Mesh with %s is refused where it stands", (lines, message) => {
    expect(errorOf(`control:\n  appMesh:\n    - name: eu\n      ${lines}\n`).message).toMatch(message);
  });

  test("a Kubernetes cluster is reached in exactly one way", () => {
    const cluster = (settings: string) => `control: {kubernetes: [{name: c1, mesh: istio${settings}}]}\n`;
    const result = load(cluster(", kubeconfig: ./kube, context: prod, namespaces: [shop]"));
    expect(result.ok && result.value.control.kubernetes).toEqual([
      { name: "c1", mesh: "istio", kubeconfig: join(folder, "kube"), context: "prod", namespaces: ["shop"] },
    ]);
    expect(load(cluster(", inCluster: true")).ok).toBe(true);
    expect(load(cluster(", url: 'http://127.0.0.1:8080/', tokenFile: t")).ok).toBe(true);
    /** Settings, what is said of them, and the text that is pointed at. */
    const refused: readonly (readonly [string, string, string])[] = [
      ["", "needs one of kubeconfig, inCluster: true and url", "c1"],
      [", inCluster: true, url: 'http://a'", "needs one of kubeconfig", "c1"],
      [", inCluster: true, context: prod", "a context is one of a kubeconfig", "prod"],
      [", inCluster: true, tokenFile: tok", "a token file goes with a url", "tok}"],
      [", inCluster: false", "write true, or leave it out", "false"],
      [", url: 'ftp://a'", "an http or https URL", "'ftp"],
      [", kubeconfig: k, namespaces: []", "", "[]"],
    ];
    for (const [settings, message, marker] of refused) {
      const text = cluster(settings);
      expect(errorOf(text).message).toContain(message);
      expect(errorOf(text).message).toContain(`:1:${text.lastIndexOf(marker) + 1}: `);
    }
    const both =
      "control: {kubernetes: [{name: a, mesh: istio, inCluster: true}], consul: [{name: a, url: 'http://b'}]}\n";
    expect(errorOf(both).message).toContain("two control planes are called a");
  });

  test("a cluster without its own member is refused where it stands", () => {
    const yaml = "cluster: {members: [{name: a, url: 'http://127.0.0.1:1'}], self: b, control: a}\n";
    expect(errorOf(yaml)).toMatchObject({
      code: "config_invalid",
      message: expect.stringMatching(/:1:.*cluster\.self/),
    });
  });

  test("aliases are read as written, and a place may be left out", () => {
    const result = load(
      'aliases:\n  - {host: "*.example.com:8443", cluster: vm, namespace: billing, service: billing}\n  - {host: "[fd00::7]", service: ledger}\n',
    );
    expect(result.ok && result.value.aliases).toEqual([
      { host: "*.example.com:8443", cluster: "vm", namespace: "billing", service: "billing" },
      { host: "[fd00::7]", service: "ledger" },
    ]);
  });

  test("an alias with another key, an odd host, no service or a host that stands twice is refused where it stands", () => {
    expect(errorOf("aliases:\n  - {host: a.example.com, service: a, mesh: istio}\n").message).toMatch(
      /:2:39: unknown key `aliases\.0\.mesh`/,
    );
    for (const host of ["https://a.example.com", "a.example.com/x", "*", "a*.example.com", "", "a b"]) {
      const error = errorOf(`aliases:\n  - {host: ${JSON.stringify(host)}, service: a}\n`);
      expect(error.message).toMatch(/:2:12: `aliases\.0\.host`: a host is a name or address/);
    }
    expect(errorOf("aliases:\n  - {host: a.example.com}\n").message).toContain("`aliases.0.service`");
    const twice = errorOf("aliases:\n  - {host: a.example.com, service: a}\n  - {host: A.example.com, service: b}\n");
    expect(twice.message).toMatch(/:3:12: `aliases\.1\.host` A\.example\.com stands twice/);
  });

  test("an unknown key is named with line and column", () => {
    const error = errorOf("data: ./d\nlisten:\n  api: 4320\n  hots: 1.2.3.4\n");
    expect(error.code).toBe("config_unknown_key");
    expect(error.message).toMatch(/meshscope\.yaml:4:3: unknown key `listen\.hots`/);
    expect(errorOf("lissten: {}\n").message).toMatch(/:1:1: unknown key `lissten`/);
    expect(errorOf("scrape:\n  - name: a\n    tragets: []\n").message).toMatch(
      /:3:5: unknown key `scrape\.0\.tragets`/,
    );
  });

  test("bad values are refused with the setting's name", () => {
    expect(errorOf("listen: {api: 99999}\n").message).toContain("`listen.api`");
    expect(errorOf("scrape: [{name: a, interval: 10}]\n").message).toContain("`scrape.0.interval`");
    expect(errorOf("scrape: [{name: a, interval: 10 parsecs}]\n").message).toContain("not a duration");
    expect(errorOf("scrape: [{name: a, interval: 10ms}]\n").message).toContain("below 1s");
    expect(errorOf("scrape: [{name: a, targets: ['ftp://x']}]\n").message).toContain("http or https URL");
    expect(errorOf("scrape: [{name: a}, {name: a}]\n").message).toContain("stands twice");
    expect(errorOf("store: sqlite\n").message).toContain("`store`");
    expect(errorOf("listen: {api: x}\n", [], { MESHSCOPE_LISTEN_API: "eighty" }).message).toContain("`listen.api`");
    expect(errorOf("a: [1\n").code).toBe("config_syntax");
    expect(errorOf("- a\n").code).toBe("config_invalid");
    expect(errorOf(null, ["--lisen.api=1"]).code).toBe("flag_unknown");
  });

  test("an API beyond loopback without login is refused, receivers are not", () => {
    expect(errorOf("listen: {host: 0.0.0.0}\n").code).toBe("exposed_without_auth");
    const tokens = `tokens: [{name: ann, sha256: ${"a".repeat(64)}, grants: [{role: operator, mesh: istio}]}]`;
    const guarded = load(`listen: {host: 0.0.0.0}\nauth: {mode: token, ${tokens}}\n`);
    expect(guarded.ok && guarded.value.auth).toEqual({
      mode: "token",
      tokens: [
        {
          subject: { name: "ann", grants: [{ role: "operator", mesh: "istio" }] },
          sha256: new Uint8Array(32).fill(0xaa),
        },
      ],
    });
    expect(errorOf("auth: {mode: token}\n").message).toMatch(/`auth\.tokens`: mode token needs/);
    expect(
      errorOf("auth: {mode: token, tokens: [{name: a, sha256: xyz, grants: [{role: viewer}]}]}\n").message,
    ).toMatch(/auth\.tokens\.0\.sha256/);
    const result = load("listen: {ingestHost: 0.0.0.0}\n");
    expect(result.ok && result.value.listen.ingestHost).toBe("0.0.0.0");
  });

  test("job labels and target labels merge, and the timeout follows the interval", () => {
    const result = load(
      "scrape:\n  - name: shop\n    mesh: istio\n    interval: 5s\n    bodyLimit: 1MiB\n    labels: {cluster: c1, workload: web}\n    targets: ['http://127.0.0.1:15090/stats', {url: 'http://127.0.0.1:1/x', labels: {workload: cart}}]\n",
    );
    expect(result.ok && result.value.scrape[0]).toEqual({
      name: "shop",
      mesh: "istio",
      intervalMs: 5000,
      timeoutMs: 5000,
      bodyLimitBytes: 1048576,
      sampleLimit: 500_000,
      targets: [
        { url: "http://127.0.0.1:15090/stats", labels: { cluster: "c1", workload: "web" } },
        { url: "http://127.0.0.1:1/x", labels: { cluster: "c1", workload: "cart" } },
      ],
      names: { clusters: new Map(), namespaces: new Map() },
    });
  });

  test("a job names the places of its mesh", () => {
    const names = "{clusters: {dc1: c1, east/dc1: c2, constructor: c3}, namespaces: {default: billing}}";
    const result = load(`scrape: [{name: a, mesh: consul, names: ${names}}]\n`);
    expect(result.ok && result.value.scrape[0]?.names).toEqual({
      clusters: new Map([
        ["dc1", "c1"],
        ["east/dc1", "c2"],
        ["constructor", "c3"],
      ]),
      namespaces: new Map([["default", "billing"]]),
    });
    expect(errorOf("scrape:\n  - name: a\n    names:\n      cluster: {dc1: c1}\n").message).toMatch(
      /:4:7: unknown key `scrape\.0\.names\.cluster`/,
    );
    expect(errorOf("scrape: [{name: a, names: {clusters: {dc1: ''}}}]\n").message).toContain("scrape.0.names.clusters");
    expect(errorOf("scrape: [{name: a, names: {clusters: {dc1: 7}}}]\n").code).toBe("config_invalid");
  });
});

test("environment names split camel case", () => {
  expect(environmentName(["listen", "otlpGrpc"])).toBe("MESHSCOPE_LISTEN_OTLP_GRPC");
  expect(environmentName(["data"])).toBe("MESHSCOPE_DATA");
});

test("durations and sizes need a unit", () => {
  expect([parseDurationMs("10s"), parseDurationMs("1.5m"), parseDurationMs("10"), parseDurationMs("-1s")]).toEqual([
    10_000,
    90_000,
    undefined,
    undefined,
  ]);
  expect([parseSizeBytes("64MiB"), parseSizeBytes("64MB")]).toEqual([67108864, undefined]);
});
