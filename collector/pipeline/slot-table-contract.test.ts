/** The slot table keeps the contract of a live table. */
import { expect, test } from "vitest";
import { SlotTable } from "../../lib/rollup/slot-table.ts";
import { sharesOf } from "../../lib/rollup/spread.ts";
import { LIVE_TABLE_CONTRACT, type LiveTableHarness } from "./live-table-contract.ts";

function harness(): LiveTableHarness {
  const slots = new SlotTable();
  const end = { cluster: "c1", namespace: "shop", kind: "workload", mesh: "istio" } as const;
  return {
    live: slots,
    observe(i, requests, fromMs, toMs) {
      const edge = {
        source: { ...end, name: `w${i}` },
        target: { ...end, name: "api" },
        protocol: "http",
        layer: "L7",
      } as const;
      const row = slots.table.row({ edge, reporter: "destination", job: "j", transport: false }, toMs);
      const target = slots.target("p", 10_000);
      row.lastSeenMs = toMs;
      slots.join(row.group, target);
      slots.add(row, [row.class("200", "")], requests, sharesOf(fromMs, toMs));
      target.cover(fromMs, toMs);
      target.seen(toMs);
      slots.observed(toMs);
    },
    close: (nowMs) => slots.close(nowMs),
  };
}

test.each(LIVE_TABLE_CONTRACT)("contract: $name", ({ run }) => {
  expect(() => run(harness())).not.toThrow();
});
