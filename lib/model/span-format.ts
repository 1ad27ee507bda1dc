/** The formats in which spans come in, and in which their bodies stand in the log. */
export const SPAN_FORMATS = [
  "otlpProtobuf",
  "otlpJson",
  "zipkinJson",
  "zipkinProtobuf",
  /** What another collector handed over of spans that it keeps itself: there is no span in it to store. */
  "sides",
] as const;
export type SpanFormat = (typeof SPAN_FORMATS)[number];
