/** A find expression, read: what parse.ts makes and match.ts asks. Values are in the field's own unit (fields.ts). */
import type { FieldRef, NumberField, StateField, TextField } from "./fields.ts";

export type Order = "=" | "!=" | ">" | ">=" | "<" | "<=";

interface On<F> extends FieldRef {
  readonly field: F & FieldRef["field"];
}

export type Expression =
  | { readonly kind: "and" | "or"; readonly parts: readonly Expression[] }
  | { readonly kind: "not"; readonly part: Expression }
  /** A word by itself: in the name, service, app, version or namespace of a node, or of an edge's ends. */
  | { readonly kind: "names"; readonly text: string }
  | { readonly kind: "state"; readonly on: On<StateField> }
  | { readonly kind: "text"; readonly on: On<TextField>; readonly holds: (value: string) => boolean }
  | { readonly kind: "number"; readonly on: On<NumberField>; readonly op: Order; readonly value: number };
