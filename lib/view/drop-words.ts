/** Why input was left out, in words, by code: samples of a scrape, spans of a body, traffic over the limit of edges. */
import { codeWords, type WordTable } from "./code-words.ts";

export const DROP_WORDS: WordTable = {
  annotation_invalid: "Zipkin annotations that are broken; their spans are kept",
  attribute_cut: "long text cut; its spans are kept",
  bad_labels: "a bucket or code without a usable label",
  cluster_unknown: "reported before the proxy knew its peer's cluster",
  composite_value: "a histogram or summary on one line, which is not read",
  destination_is_ip: "to a bare address that no workload is known for",
  duplicate_series: "the same series twice in one body",
  edge_limit: "over the limit of edges: kept in totals, under “other”",
  end_before_start: "ends before it starts",
  exemplar_malformed: "broken exemplars; their samples are kept",
  in_future: "more than 10 minutes in the future",
  latency_schemes: "over 8 sets of latency buckets on one edge",
  line_too_long: "a line over 65,536 bytes",
  link_id_invalid: "links with a broken id; their spans are kept",
  log_busy: "spans refused while too many waited for the disk",
  log_failed: "spans refused because the disk took nothing",
  log_full: "spans refused because too many were not stored yet",
  malformed_line: "a line that is no sample",
  native_histogram: "a native histogram, which is not read",
  no_reporter: "does not say whose view it is",
  negative_counter: "a counter below zero",
  no_target_labels: "the proxy does not say who it is",
  not_a_number: "NaN or infinite",
  not_readable: "nodes without an id, edges without their ends, or told twice, in the answer",
  pairing_full: "spans given up before 10 s for want of room: counted with the other end inferred",
  parent_id_invalid: "a broken parent id",
  principals: "over 16 principals at one end of an edge",
  series_folded: "over the limit of series: kept in totals, under “other”",
  series_limit: "over the limit of series, and of “other” members",
  shape_invalid: "kind, name or tags of another type",
  source_half_known: "reported before the proxy knew its peer",
  span_id_invalid: "a broken span id",
  span_late: "spans whose call was counted before they came; in their traces",
  span_malformed: "a broken attribute, event, link or resource",
  span_out_of_time: "spans that end over 10 minutes from now: in their traces, in no edge",
  span_too_deep: "attributes nested deeper than 64",
  start_missing: "no start time",
  time_invalid: "a time that is no integer from 0 up",
  trace_id_invalid: "a broken trace id",
  type_changed: "the metric changed its type",
};

export function dropWords(code: string): string {
  return codeWords(DROP_WORDS, code);
}
