/** Consul's driver against a server that answers as Consul does, and as nothing does. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { planSplit, readSplit } from "../../lib/control/traffic/drivers.ts";
import { SPLITTER, target } from "../../lib/control/traffic/fixtures.ts";
import { ConsulTraffic } from "./consul.ts";
import { serve } from "./test-server.ts";

const WEB = { ...target("consul", "web"), namespace: "default" };
const INTENT = "6f0c1f6e-0000-4000-8000-000000000001";
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const run of cleanUps.splice(0)) await run();
});

async function serving(answer: RequestListener): Promise<string> {
  const server = await serve(answer);
  cleanUps.push(server.close);
  return server.url;
}

function planned(raw = SPLITTER) {
  const plan = planSplit(
    readSplit(WEB, raw),
    { routeKey: "web", sharesBp: { "web/v1": 7_500, "web/v2": 2_500 } },
    INTENT,
  );
  if (!plan.ok) throw new Error(plan.error.code);
  return plan.value;
}

/** Every GET answers the splitter; a PUT as told. */
async function consul(put: (response: Parameters<RequestListener>[1]) => void, timeoutMs = 2_000) {
  const url = await serving((request, response) => {
    if (request.method === "PUT") {
      request.resume().once("end", () => put(response));
      return;
    }
    response.end(JSON.stringify(SPLITTER));
  });
  return new ConsulTraffic({ name: "dc1", url, timeoutMs });
}

describe("what a write comes to", () => {
  test.each([
    [200, "true", "applied"],
    [200, "false\n", "conflict"],
    [403, "Permission denied", "forbidden"],
    [500, 'service "web" does not have a subset named "v2"', "invalid"],
    [500, "No cluster leader", "unavailable"],
  ])("answered %d %s it is %s", async (status, text, kind) => {
    const traffic = await consul((response) => response.writeHead(status).end(text));
    expect((await traffic.apply(planned(), INTENT)).kind).toBe(kind);
  });

  test("without an answer it is unknown, and with nobody there it was not sent", async () => {
    const cut = await consul((response) => response.destroy());
    expect(await cut.apply(planned(), INTENT)).toEqual({ kind: "unknown", intentId: INTENT });
    const slow = await consul(() => {}, 100);
    expect(await slow.apply(planned(), INTENT)).toEqual({ kind: "unknown", intentId: INTENT });
    const url = await serving(() => {});
    for (const stop of cleanUps.splice(-1)) await stop();
    const nobody = new ConsulTraffic({ name: "dc1", url });
    expect((await nobody.apply(planned(), INTENT)).kind).toBe("unavailable");
  });
});

describe("what is read", () => {
  test("failures are told apart", async () => {
    const answers = new Map<number, string>([
      [404, "not_found"],
      [403, "forbidden"],
      [500, "unavailable"],
    ]);
    for (const [status, code] of answers) {
      const url = await serving((_, response) => response.writeHead(status).end("no"));
      const read = await new ConsulTraffic({ name: "dc1", url }).read(WEB);
      expect(read.ok ? "read" : read.error.code).toBe(code);
    }
    const html = await serving((_, response) => response.end("<html>"));
    expect(await new ConsulTraffic({ name: "dc1", url: html }).read(WEB)).toMatchObject({
      error: { code: "unreadable" },
    });
  });

  test("a subset is ready by the instances that pass its filter, and one that no resolver names does not exist", async () => {
    const asked: string[] = [];
    const url = await serving((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", "http://consul");
      if (pathname.startsWith("/v1/config/service-resolver/"))
        return response.end(JSON.stringify({ Subsets: { v1: { Filter: "Service.Meta.version == v1" } } }));
      asked.push(`${searchParams.get("filter")} ${searchParams.has("passing")}`);
      return response.end(JSON.stringify([{ Service: { ID: "web-1", Meta: { version: "v1" } } }]));
    });
    const facts = await new ConsulTraffic({ name: "dc1", url }).backends(readSplit(WEB, SPLITTER), "web");
    expect(facts.ok && facts.value.map(({ id, exists, readyEndpoints }) => [id, exists, readyEndpoints])).toEqual([
      ["web/v1", true, 1],
      ["web/v2", false, 0],
    ]);
    expect(asked).toEqual(["Service.Meta.version == v1 true"]);
  });

  test("the token is read anew at each call", async () => {
    const folder = mkdtempSync(join(tmpdir(), "meshscope-consul-"));
    cleanUps.push(() => rmSync(folder, { recursive: true }));
    const tokenFile = join(folder, "token");
    const seen: unknown[] = [];
    const url = await serving((request, response) => {
      seen.push(request.headers["x-consul-token"]);
      response.end(JSON.stringify(SPLITTER));
    });
    const traffic = new ConsulTraffic({ name: "dc1", url, tokenFile });
    for (const token of ["one\n", "two\n"]) {
      writeFileSync(tokenFile, token);
      await traffic.read(WEB);
    }
    expect([...new Set(seen)]).toEqual(["one", "two"]);
  });
});

describe("where it asks", () => {
  const PLACES = { datacenter: "dc2", primaryDatacenter: "dc1", partition: "p" };
  const IN_A = { ...WEB, namespace: "a" };

  test("entries are read and written in the primary datacenter, instances in their own, all in namespace and partition", async () => {
    const asked: string[] = [];
    const url = await serving((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", "http://consul");
      const place = ["dc", "ns", "partition"].map((key) => searchParams.get(key)).join(" ");
      asked.push(`${request.method} ${pathname.split("/").slice(2, 4).join("/")} ${place}`);
      if (pathname.includes("/health/")) return response.end("[]");
      if (request.method === "PUT") return request.resume().once("end", () => response.end("true"));
      if (pathname.endsWith("service-splitter")) return response.end(JSON.stringify([{ ...SPLITTER, Namespace: "a" }]));
      return response.end(JSON.stringify(pathname.includes("router") ? { Routes: [] } : SPLITTER));
    });
    const traffic = new ConsulTraffic({ name: "c1", url, namespace: "*", ...PLACES });
    expect(await traffic.list()).toEqual({ ok: true, value: [IN_A] });
    expect((await traffic.apply({ ...planned(), target: IN_A }, INTENT)).kind).toBe("applied");
    await traffic.backends(readSplit(IN_A, { ...SPLITTER, Splits: [{ Weight: 100 }] }), "web");
    expect([...new Set(asked)].sort()).toEqual([
      "GET config/service-resolver dc1 a p",
      "GET config/service-router dc1 a p",
      "GET config/service-splitter dc1 * p",
      "GET config/service-splitter dc1 a p",
      "GET health/connect dc2 a p",
      "PUT config dc1 a p",
    ]);
    expect(traffic.breakGlass({ ...planned(), target: IN_A })).toContain("/v1/config?cas=35&dc=dc1&ns=a&partition=p");
  });

  test("a redirect of the resolver is followed, to another datacenter as well, and a default subset filters", async () => {
    const asked: string[] = [];
    const url = await serving((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", "http://consul");
      if (pathname.includes("/health/")) {
        asked.push(`${pathname} ${searchParams.get("dc")} ${searchParams.get("filter")}`);
        return response.end(JSON.stringify([{ Service: { ID: "x", Meta: {} } }]));
      }
      const redirect = { Redirect: { Service: "shop", Datacenter: "dc9" } };
      const subsets = { DefaultSubset: "v7", Subsets: { v7: { Filter: "Service.Meta.version == v7" } } };
      return response.end(JSON.stringify(pathname.endsWith("/web") ? redirect : subsets));
    });
    const facts = await new ConsulTraffic({ name: "c1", url }).backends(
      readSplit(WEB, { ...SPLITTER, Splits: [{ Weight: 100 }] }),
      "web",
    );
    expect(facts.ok && facts.value[0]?.readyEndpoints).toBe(1);
    expect(asked).toEqual(["/v1/health/connect/shop dc9 Service.Meta.version == v7"]);
  });

  test("redirects in a circle end, and those of HTTP are not followed with the token", async () => {
    const loop = await serving((_, response) => response.end(JSON.stringify({ Redirect: { Service: "web" } })));
    const circle = await new ConsulTraffic({ name: "c1", url: loop }).backends(readSplit(WEB, SPLITTER), "web");
    expect(circle).toMatchObject({ ok: false, error: { code: "unreadable" } });
    const elsewhere = await serving((_, response) => response.end(JSON.stringify(SPLITTER)));
    const moved = await serving((_, response) => response.writeHead(302, { location: elsewhere }).end());
    expect(await new ConsulTraffic({ name: "c1", url: moved }).read(WEB)).toMatchObject({
      error: { code: "unavailable", message: expect.stringContaining("302") },
    });
  });

  test("a token file that is not there is said to be so", async () => {
    const traffic = new ConsulTraffic({ name: "c1", url: "http://127.0.0.1:1", tokenFile: "/nonexistent/token" });
    expect(await traffic.read(WEB)).toMatchObject({ error: { code: "not_configured" } });
    expect(await traffic.apply(planned(), INTENT)).toMatchObject({ kind: "unavailable" });
  });
});

test("an empty list of which Consul left something out is forbidden", async () => {
  const url = await serving((_, response) =>
    response.setHeader("X-Consul-Results-Filtered-By-ACLs", "true").end(JSON.stringify([])),
  );
  expect(await new ConsulTraffic({ name: "c1", url }).list()).toMatchObject({ error: { code: "forbidden" } });
});

test("a repetition of a write is looked for and not sent", async () => {
  let puts = 0;
  let stored: unknown = SPLITTER;
  const url = await serving((request, response) => {
    if (request.method !== "PUT") {
      if (request.url?.includes("router") === true) return response.writeHead(404).end();
      return response.end(JSON.stringify(stored));
    }
    puts++;
    return request.setEncoding("utf8").once("data", (body) => {
      stored = { ...JSON.parse(body), ModifyIndex: 36 };
      response.destroy();
    });
  });
  const traffic = new ConsulTraffic({ name: "c1", url });
  expect((await traffic.apply(planned(), INTENT)).kind).toBe("unknown");
  expect((await traffic.apply(planned(), INTENT)).kind).toBe("noop");
  expect(puts).toBe(1);
});

test("the command by hand is what a shell passes on, whatever the entry holds", () => {
  const plan = planned({ ...SPLITTER, Meta: { note: 'it\'s $HOME `id` "x"' } });
  const command = new ConsulTraffic({ name: "dc1", url: "http://127.0.0.1:8500" }).breakGlass(plan);
  const printed = execFileSync("sh", ["-c", `curl() { printf '%s\\n' "$@"; }; ${command}`], { encoding: "utf8" });
  const words = printed.split("\n");
  expect(words.slice(0, 3)).toEqual(["-X", "PUT", "http://127.0.0.1:8500/v1/config?cas=35"]);
  expect(plan.request.api === "consul" && JSON.parse(words[4] ?? "")).toEqual(
    plan.request.api === "consul" ? plan.request.body : null,
  );
});
