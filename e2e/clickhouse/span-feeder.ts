/** The span half of the engine as a store that canonical spans are written to: each write is a batch of its own. */
import type { ClickHouseEngine } from "../../collector/store/clickhouse/engine.ts";
import { GroupMaker } from "../../collector/store/clickhouse/span-group.ts";
import type { Span, TraceId } from "../../lib/model/span.ts";
import type { ExemplarQuery } from "../../lib/query/exemplar-query.ts";
import type { SpanStore, TraceQuery } from "../../lib/query/span-store.ts";

export class SpanFeeder implements SpanStore {
  private readonly engine: ClickHouseEngine;
  private writes = 0;

  constructor(engine: ClickHouseEngine) {
    this.engine = engine;
  }

  async write(spans: readonly Span[]): Promise<void> {
    const offset = ++this.writes;
    const maker = new GroupMaker("test");
    maker.put({ log: "0", position: { segment: 1, offset }, id: `write-${offset}`, receivedMs: Date.now() }, spans);
    const group = maker.made();
    if (group !== undefined) await this.engine.writer.store(group);
    await this.engine.refreshStats();
  }

  trace(id: TraceId) {
    return this.engine.spans.trace(id);
  }

  tracesByLowBits(low: string) {
    return this.engine.spans.tracesByLowBits(low);
  }

  search(query: TraceQuery) {
    return this.engine.spans.search(query);
  }

  exemplars(query: ExemplarQuery) {
    return this.engine.spans.exemplars(query);
  }

  values() {
    return this.engine.spans.values();
  }

  stats() {
    return this.engine.spans.stats();
  }

  async close(): Promise<void> {}
}
