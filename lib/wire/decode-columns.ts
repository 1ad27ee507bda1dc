/**
 * One body of spans → columns, for readers that need no objects. In: a whole, inflated body. Out: columns, good until the
 * next body, or the fault for which the body is refused; undefined: such a body is to be read by `decodeSpans`, which gives
 * what the columns of any other would.
 */
import { ok, type Result } from "../base/result.ts";
import type { SpanFormat } from "../model/span-format.ts";
import type { OtlpColumns } from "./otlp/columns.ts";
import { OtlpJsonColumns } from "./otlp/kernel-json-columns.ts";
import { decodeOtlpTraces } from "./otlp/protobuf.ts";
import type { WireError } from "./otlp/wire-error.ts";
import { ZipkinColumns } from "./zipkin/kernel-json-columns.ts";

export class ColumnsDecoder {
  private readonly zipkin = new ZipkinColumns();
  private readonly otlpJson = new OtlpJsonColumns();

  columns(format: SpanFormat, body: Uint8Array): Result<OtlpColumns, WireError> | undefined {
    if (format === "otlpProtobuf") return decodeOtlpTraces(body);
    const columns = this.fromJson(format, body);
    return columns === undefined ? undefined : ok(columns);
  }

  private fromJson(format: SpanFormat, body: Uint8Array): OtlpColumns | undefined {
    if (format === "zipkinJson") return this.zipkin.read(body);
    return format === "otlpJson" ? this.otlpJson.read(body) : undefined;
  }
}
