/** Starting and stopping the real collector process: bad configuration, ports in use, the Host check, SIGTERM under load. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { ROOT, startCollector } from "../support/collector-process.ts";
import { listenFree, places } from "../support/local-server.ts";
import { zipkinBody } from "../support/payloads.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "meshscope-startup-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the collector on a configuration that it must refuse. */
function refuse(yaml: string, args: readonly string[] = []) {
  const path = join(folder, "meshscope.yaml");
  writeFileSync(path, yaml);
  const run = spawnSync(process.execPath, [join(ROOT, ".build/collector.mjs"), "--config", path, ...args], {
    encoding: "utf8",
    timeout: 20_000,
    cwd: folder,
  });
  return { code: run.status, stderr: run.stderr };
}

describe("a configuration that cannot work", () => {
  test.each([
    ["an unknown key", "listen: {}\nscrap: []\n", "config_unknown_key", "scrap"],
    ["a bad port", "listen: {api: 70000}\n", "config_invalid", "listen.api"],
    ["an exposed API", "listen: {host: 0.0.0.0}\n", "exposed_without_auth", "listen.host"],
    ["broken YAML", "listen: [\n", "config_syntax", "meshscope.yaml"],
  ])("%s ends with code 2 and names the cause", (_name, yaml, code, named) => {
    const run = refuse(yaml);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain(code);
    expect(run.stderr).toContain(named);
  });

  test("a port in use ends with code 1 and names port and setting", async () => {
    const holder = await listenFree(createServer());
    for (const setting of ["api", "otlpHttp", "zipkin"]) {
      const listen = { otlpGrpc: 0, otlpHttp: 0, zipkin: 0, api: 0, ui: 0, [setting]: holder.port };
      const run = refuse(JSON.stringify({ listen }));
      expect(run.code).toBe(1);
      expect(run.stderr).toContain("port_in_use");
      expect(run.stderr).toContain(String(holder.port));
      expect(run.stderr).toContain(`listen.${setting}`);
    }
    await holder.close();
  });
});

function statusFor(url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });
}

test("healthz, readyz, metrics and the OpenAPI document answer, and a foreign Host header does not", async () => {
  const collector = await startCollector();
  for (const path of ["/healthz", "/readyz", "/metrics", "/api/openapi.json", "/api/v1/meta"]) {
    expect((await fetch(`${collector.api}${path}`)).status, path).toBe(200);
  }
  expect(await statusFor(`${collector.api}/api/v1/graph`, "rebound.example")).toBe(403);
  expect(await statusFor(`${collector.api}/api/v1/graph`, "localhost:1")).toBe(200);
  const missing = await collector.json("/api/v1/nothing", z.object({ code: z.string() }));
  expect(missing.code).toBe("not_found");
  expect(await collector.stop()).toBe(0);
});

test("SIGTERM under load ends with code 0, twenty times", async () => {
  const codes: (number | null)[] = [];
  for (let round = 0; round < 20; round++) {
    const collector = await startCollector();
    let sending = true;
    const load = places(6).map(async (_, worker) => {
      for (let n = 0; sending; n++) {
        const body = zipkinBody(5, `${round}-${worker}-${n}`);
        await fetch(`${collector.zipkin}/api/v2/spans`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
        }).catch(() => undefined);
        await fetch(`${collector.api}/api/v1/graph`).catch(() => undefined);
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 50 + round * 10));
    codes.push(await collector.stop());
    sending = false;
    await Promise.all(load);
  }
  expect(codes).toEqual(Array.from({ length: 20 }, () => 0));
}, 120_000);
