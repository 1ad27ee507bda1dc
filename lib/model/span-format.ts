/** The formats in which spans come in, and in which their bodies stand in the log. */
export const SPAN_FORMATS = ["otlpProtobuf", "otlpJson", "zipkinJson", "zipkinProtobuf"] as const;
export type SpanFormat = (typeof SPAN_FORMATS)[number];
