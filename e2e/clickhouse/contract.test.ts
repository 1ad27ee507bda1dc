/**
 * The contracts of every store, held by the one over ClickHouse against the real engine. Spans are written as canonical
 * ones, beneath the log; what the log adds is in faults.test.ts.
 */
import { afterAll, beforeAll, describe, test } from "vitest";
import type { ClickHouseEngine } from "../../collector/store/clickhouse/engine.ts";
import { ROLLUP_STORE_CONTRACT } from "../../collector/store/rollup-store-contract.ts";
import { SPAN_STORE_CASES } from "../../collector/store/span-store-contract.ts";
import { EXEMPLAR_CASES } from "../../collector/store/span-store-contract-exemplars.ts";
import type { SpanStore } from "../../lib/query/span-store.ts";
import { findChdb } from "./binary.ts";
import { openEngine, scratchFolder } from "./rig.ts";
import { type ChdbServer, startChdb } from "./server.ts";
import { SpanFeeder } from "./span-feeder.ts";

const site = await findChdb();
if ("skip" in site) process.stderr.write(`the store over ClickHouse is not tested: ${site.skip}\n`);

describe.skipIf("skip" in site)("the store over ClickHouse", () => {
  let server: ChdbServer;
  let scratch: Awaited<ReturnType<typeof scratchFolder>>;
  const engines: ClickHouseEngine[] = [];
  let databases = 0;

  beforeAll(async () => {
    if ("skip" in site) return;
    scratch = await scratchFolder();
    server = await startChdb(site, `${scratch.path}/data`);
  });

  afterAll(async () => {
    for (const engine of engines) await engine.close();
    await server?.stop();
    await scratch?.remove();
  });

  async function open(): Promise<ClickHouseEngine> {
    const name = `contract_${databases++}`;
    const engine = await openEngine({ url: server.url, database: name, dataFolder: `${scratch.path}/${name}` });
    engines.push(engine);
    return engine;
  }

  for (const { name, run } of [...SPAN_STORE_CASES, ...EXEMPLAR_CASES]) {
    test(name, async () => {
      const engine = await open();
      await run((): SpanStore => new SpanFeeder(engine));
    });
  }

  for (const { name, run } of ROLLUP_STORE_CONTRACT) test(name, async () => run((await open()).rollups));
});
