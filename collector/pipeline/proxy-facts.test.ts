/** What a proxy prints of itself reaches its line on the sources page: its build, and when its certificates end. */
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { sourceSchema } from "../../lib/query/schema/estate.ts";
import { SlotTable } from "../../lib/rollup/slot-table.ts";
import { MemoryRollupStore } from "../store/memory-rollup-store.ts";
import { silentLog } from "../telemetry/log.ts";
import { SourceBoard } from "../telemetry/source-board.ts";
import { ScrapePipeline } from "./scrape-pipeline.ts";

const NOW = 1_700_000_000_000;

function read(lines: readonly string[]) {
  const registry = new Registry();
  const clock = { nowMs: () => NOW };
  const parts = { slots: new SlotTable(), store: new MemoryRollupStore(), registry, clock, log: silentLog };
  const targetLabels = { cluster: "c", namespace: "n", workload: "w", service: "w", version: "", app: "w" };
  const endpoint = { id: "e", job: "j", target: "p", targetLabels, intervalMs: 10_000, sampleLimit: 1000 };
  const body = new TextEncoder().encode(`${lines.join("\n")}\n`);
  const taken = new ScrapePipeline(parts).sink({ ...endpoint, mesh: "istio" }, body, NOW);
  if (!taken.ok) throw new Error(taken.error.message);
  const handle = new SourceBoard(registry, clock).open({ id: "e", kind: "scrape", address: "a", unit: "series" });
  handle.tells(taken.value.proxy ?? {});
  return sourceSchema.parse(handle.view());
}

test("the build and the certificate that ends first", () => {
  const source = read([
    'istio_build{component="proxy",tag="1.24.3"} 1',
    'istio_agent_cert_expiry_seconds{resource_name="default"} 43200.4',
    'istio_agent_cert_expiry_seconds{resource_name="other"} 86400',
  ]);
  expect(source).toMatchObject({ version: "1.24.3", certificateExpiresInSec: 43_200 });
});

test("a proxy that says neither has neither", () => {
  const source = read(["istio_requests_total{} 1"]);
  expect("version" in source || "certificateExpiresInSec" in source).toBe(false);
});
