/** Spans that another process keeps. In: the questions of `SpanStore`; out: its answers, or `store_unavailable`. */
import type { Span, TraceId } from "../../../lib/model/span.ts";
import type { ExemplarQuery } from "../../../lib/query/exemplar-query.ts";
import type { SpanStore, SpanStoreStats, TraceQuery } from "../../../lib/query/span-store.ts";
import { StoreCallError } from "../store-unavailable.ts";
import { expectAnswer, type HostClient } from "./host-client.ts";
import { decodeSpans } from "./span-codec.ts";
import { exemplarsWithoutNames, searchWithoutNames } from "./span-names.ts";

export class RemoteSpans implements SpanStore {
  private readonly client: HostClient;

  constructor(client: HostClient) {
    this.client = client;
  }

  /** Its spans come from the log alone. */
  async write(): Promise<void> {
    throw new StoreCallError("store_follows_log", "this store is fed by its log");
  }

  async trace(traceId: TraceId): Promise<readonly Span[]> {
    const spans: Span[] = [];
    await this.client.ask({ method: "trace", traceId }, (part) => {
      if (part.of === "spans") for (const span of decodeSpans(part.text)) spans.push(span);
    });
    return spans;
  }

  async tracesByLowBits(low: string): Promise<readonly TraceId[]> {
    return expectAnswer(await this.client.ask({ method: "tracesByLowBits", low }), "ids").ids;
  }

  async search(query: TraceQuery) {
    return expectAnswer(await this.client.ask({ method: "search", asked: searchWithoutNames(query) }), "page").page;
  }

  async exemplars(query: ExemplarQuery) {
    const asked = exemplarsWithoutNames(query);
    return expectAnswer(await this.client.ask({ method: "exemplars", asked }), "exemplars").exemplars;
  }

  async values() {
    return expectAnswer(await this.client.ask({ method: "values" }), "values").values;
  }

  stats(): SpanStoreStats {
    const { count: spans = 0, traces = 0, bytes = 0, evicted = 0 } = this.client.facts()?.spans ?? {};
    return { spans, traces, bytes, evicted };
  }

  /** The client is closed by whoever opened it. */
  async close(): Promise<void> {}
}
