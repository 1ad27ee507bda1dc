/** Consul's driver against a server that answers as Consul does, and as nothing does. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { planSplit, readSplit } from "../../lib/control/traffic/drivers.ts";
import { SPLITTER, target } from "../../lib/control/traffic/fixtures.ts";
import { ConsulTraffic } from "./consul.ts";

const WEB = { ...target("consul", "web"), namespace: "default" };
const INTENT = "6f0c1f6e-0000-4000-8000-000000000001";
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const run of cleanUps.splice(0)) await run();
});

async function serving(answer: RequestListener): Promise<string> {
  const server: Server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  cleanUps.push(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
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
