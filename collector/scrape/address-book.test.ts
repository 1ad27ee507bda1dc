/** Which workload answers at which address, as far as the scrape configuration knows. */
import { expect, test } from "vitest";
import type { ScrapeJob } from "../config/config.ts";
import { addressBook } from "./address-book.ts";

const job = (...targets: ScrapeJob["targets"]): ScrapeJob => ({
  ...{ name: "j", mesh: "auto", intervalMs: 10_000, timeoutMs: 10_000, bodyLimitBytes: 1, sampleLimit: 1 },
  targets,
});

const place = { cluster: "c1", namespace: "bank" };

test("a target's own address is its URL's, or the one that its label gives", () => {
  const book = addressBook([
    job(
      { url: "http://10.0.0.7:15020/stats", labels: { ...place, workload: "web" } },
      {
        url: "http://127.0.0.1:9000/",
        labels: { ...place, workload: "ledger", service: "ledger-svc", address: "10.0.0.8:4191" },
      },
      { url: "http://[fd00::7]:15020/", labels: { ...place, workload: "six" } },
    ),
  ]);
  expect([...book]).toEqual([
    ["10.0.0.7", { ...place, service: "web" }],
    ["10.0.0.8", { ...place, service: "ledger-svc" }],
    ["fd00::7", { ...place, service: "six" }],
  ]);
});

test("loopback, host names, targets without a name and addresses of two workloads say nothing", () => {
  const book = addressBook([
    job(
      { url: "http://127.0.0.1:15020/", labels: { ...place, workload: "web" } },
      { url: "http://[::1]:15020/", labels: { ...place, workload: "web" } },
      { url: "http://localhost:15020/", labels: { ...place, workload: "web" } },
      { url: "http://web.bank:15020/", labels: { ...place, workload: "web" } },
      { url: "http://10.0.0.9:15020/", labels: place },
      { url: "http://10.0.0.1:15020/", labels: { ...place, workload: "a" } },
      { url: "http://10.0.0.1:15021/", labels: { ...place, workload: "b" } },
    ),
  ]);
  expect([...book]).toEqual([]);
});
