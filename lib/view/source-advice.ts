/**
 * What to do about the last error of a source, by its code. One code can mean two things: a body over the limit is a
 * setting of a scrape, and a batch of the sender for a receiver. In: the API's code and the kind of the source.
 */
import type { Source } from "../query/schema/estate.ts";

type Advice = Readonly<Record<string, string>>;

const ADDRESS = "Check that the proxy runs and that the address in the configuration is right.";
const NOT_METRICS = "Check path and port: Istio prints at :15090/stats/prometheus, Envoy at its admin port.";
const PRINTS_ODDLY = "What the proxy prints is odd there: the message has the place. Mend what prints it.";
const NONE_NEEDED = "Nothing needs doing: the peer's own report of the same requests stands.";

export const SCRAPE_ADVICE: Advice = {
  bad_gzip: "The compressed body is broken. Look at what compresses it.",
  bad_http: "What answers there does not speak HTTP. Check the port in the configuration.",
  bad_labels: PRINTS_ODDLY,
  body_too_large: "The body is over a limit. Raise `bodyLimit` of this job, or have the proxy print less.",
  cluster_unknown: NONE_NEEDED,
  composite_value:
    "Nothing here asks for OpenMetrics 2.0. Have the target print what was asked for, text 0.0.4 or OpenMetrics 1.0.",
  connection_refused: `Nothing listens there. ${ADDRESS}`,
  connection_reset: "The target closed the connection. Look at the target; a TLS port scraped as http does this too.",
  destination_is_ip: "Nothing needs doing; a ServiceEntry would give the address a name.",
  duplicate_series: "Nothing needs doing: the first of each counts. Merged ports print some series twice.",
  exemplar_malformed: "Nothing is lost: the values count. Mend what writes the exemplars.",
  internal: "This is a fault of the collector; only this scrape failed. Report it with the message.",
  line_too_long: "A line is over 65,536 bytes and was left out. Shorten its labels.",
  malformed_line: PRINTS_ODDLY,
  native_histogram: "Nothing here asks for native histograms. Have the target print classic buckets as well.",
  name_not_found: "The name does not resolve from here. Check the address in the configuration, or the resolver.",
  network_error: "The connection failed; the message has the system's own code.",
  no_reporter: "The label “reporter” was removed. Restore it in Istio's Telemetry, or set `workload` on this target.",
  no_target_labels: "The proxy does not print who it is. Set `workload` (and `cluster`, `namespace`) on this target.",
  not_a_number: "Nothing needs doing, unless it stays: the value was NaN or infinite, and was left out.",
  not_exposition: `The target answered, but not with metrics: the message has how it begins. ${NOT_METRICS}`,
  sample_limit: "There are too many samples. Raise `sampleLimit` of this job, or have the proxy print less.",
  series_folded: "Totals hold, under “other”. The message names the label that exploded: have the proxy drop it.",
  series_limit: "There are too many series at this endpoint. Have the proxy drop the label with the most values.",
  source_half_known: NONE_NEEDED,
  stopped: "The collector was stopping. Start it again.",
  timeout: "The target answered too late. Look at its load, or raise `interval` of this job, up to 10s.",
  tls_failed: "Handshake or certificate was refused. Mend the certificate; client certificates are not supported.",
  truncated_body: "The connection ended inside the body. Look at the target, or at the proxy between.",
  truncated_line: "The body ended inside a line. Look at the target, or at the proxy between.",
  type_changed: "A metric changed its type. Restart the proxy; where two things print one name, rename one.",
  unknown_mesh: "There is no adapter for this mesh: set `mesh` to istio, linkerd, consul, appmesh, envoy or auto.",
  unreachable: "There is no way there. Check network, firewall and address.",
  unsupported_encoding: "The target compressed in a way that was not asked for. Mend the target.",
};

const BROKEN_PROTOBUF =
  "The protobuf is broken: cut off, compressed twice, or another message. Check what sends it, and to which port.";
const BROKEN_JSON = "The JSON is not the one this receiver takes: the message has the path. Check what sends it.";
const BROKEN_SPAN = "Some spans are broken and were left out: the message has the first. Mend what makes them.";
const BROKEN_PART = "Parts of spans are broken and were left out; the spans are kept. Mend what makes them.";

export const RECEIVER_ADVICE: Advice = {
  annotation_invalid: BROKEN_PART,
  attribute_cut: "Text of a span was cut to the length that is kept. Send less of it.",
  body_cut_short: "The connection ended inside the body. Look at the sender, the network or a proxy between.",
  body_too_large: "The body is over 20 MiB, as sent or when opened. Have the sender make smaller batches.",
  client_too_slow:
    "The sender took over 30 s for a request, or over 10 s for its head. Look at the sender or the network.",
  content_type_unsupported:
    "OTLP and Zipkin are taken in application/x-protobuf and application/json. Set the exporter to one of them.",
  encoding_unsupported: "Only gzip or no compression is taken. Set the exporter to one of them.",
  end_before_start: BROKEN_SPAN,
  field_number_invalid: BROKEN_PROTOBUF,
  group_unsupported: BROKEN_PROTOBUF,
  gzip_corrupt: "The compressed body is broken. Look at what compresses it.",
  http_malformed:
    "What came is not HTTP. A sender of OTLP over gRPC does this: set its exporter to http/protobuf or http/json.",
  in_future:
    "Spans start over 10 minutes ahead of the collector's clock. Set the clock of the sender, or of this machine.",
  intake_full: "The collector is behind. Senders that retry lose nothing; send less at once.",
  json_shape: BROKEN_JSON,
  json_snake_case: "OTLP's JSON names its members in lowerCamelCase (resourceSpans). Mend what writes it.",
  json_syntax: BROKEN_JSON,
  length_required: "The request says neither its length nor sends chunks. Mend the sender.",
  link_id_invalid: BROKEN_PART,
  method_not_allowed: "Only POST is taken here. Mend the sender.",
  log_busy: "The disk is slower than what comes in. Senders that retry lose nothing; send less at once.",
  log_failed:
    "The disk takes nothing: it is full or fails. Make room in the data folder's file system; nothing needs a restart.",
  log_full:
    "The store is behind by all that the log may hold. Look at the store, or raise `log.maxSize` in meshscope.yaml.",
  not_built:
    "This signal is not taken yet and nothing of it was kept. Turn that exporter off, or send traces over HTTP.",
  not_found: "The sender uses another path. OTLP goes to /v1/traces, Zipkin to /api/v2/spans.",
  parent_id_invalid: BROKEN_SPAN,
  shape_invalid: BROKEN_SPAN,
  span_id_invalid: BROKEN_SPAN,
  span_malformed: BROKEN_SPAN,
  span_too_deep: BROKEN_SPAN,
  start_missing: BROKEN_SPAN,
  store_failed: "The spans could not be stored. The collector's log has the cause.",
  tempo_json: "This is Tempo's JSON, not OTLP's. Send resourceSpans, with ids in hex.",
  time_invalid: BROKEN_SPAN,
  too_many_attributes: "The body holds too many attributes, events and links. Have the sender make smaller batches.",
  too_many_spans: "The body holds over 1,000,000 spans. Have the sender make smaller batches.",
  trace_id_invalid: BROKEN_SPAN,
  truncated: BROKEN_PROTOBUF,
  utf8_invalid: BROKEN_JSON,
  varint_too_long: BROKEN_PROTOBUF,
  wire_type_invalid: BROKEN_PROTOBUF,
  zipkin_v1: "This is Zipkin v1. Have the sender use v2, at /api/v2/spans.",
};

/** The advice on `code` as a source of this kind means it; a code of no table gets the log. */
export function sourceAdvice(code: string, kind: Source["kind"]): string {
  const isScrape = kind === "scrape";
  const known = (isScrape ? SCRAPE_ADVICE : RECEIVER_ADVICE)[code];
  if (known !== undefined) return known;
  if (isScrape && /^http_\d+$/.test(code)) return `The target answered, but not with metrics. ${NOT_METRICS}`;
  return "The collector's log has more on this code.";
}
