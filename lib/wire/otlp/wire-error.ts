/**
 * Why a whole body was refused. `offset` counts bytes from the start of the body (for JSON syntax: characters) and is
 * null where the fault has a path only; `path` names the message or member, in the format's own words.
 */
export type WireErrorCode =
  | "truncated"
  | "varint_too_long"
  | "wire_type_invalid"
  | "group_unsupported"
  | "field_number_invalid"
  | "too_many_spans"
  | "too_many_attributes"
  | "body_too_large"
  | "utf8_invalid"
  | "json_syntax"
  | "json_shape"
  | "json_snake_case"
  | "tempo_json"
  | "zipkin_v1";

/** What every protobuf reader here says of bytes that are no protobuf. */
export const PROTOBUF_FAULTS: Partial<Record<WireErrorCode, string>> = {
  truncated: "a field runs past the end of its message",
  varint_too_long: "a varint has more than ten bytes",
  wire_type_invalid: "there is no such wire type",
  group_unsupported: "groups are not part of proto3",
  field_number_invalid: "a field number is 0 or above 2^29",
  too_many_spans: "more than 1,000,000 spans in one body",
};

export interface WireError {
  readonly code: WireErrorCode;
  readonly message: string;
  readonly path: string;
  readonly offset: number | null;
}

/** One line for a status message: cause and place. Whoever prints it prints the code in front. */
export function describeWireError(error: WireError): string {
  const at = error.offset === null ? error.path : `${error.path} (offset ${error.offset})`;
  return `${error.message}, at ${at}`;
}
