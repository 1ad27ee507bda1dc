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
