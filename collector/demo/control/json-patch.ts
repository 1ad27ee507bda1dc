/**
 * Patches of a document: RFC 6902 (operations one after the other, all or nothing) and RFC 7396 (merge). In: a document and
 * a patch; out: a new document, or what is wrong. A `test` that fails is told apart from a patch that makes no sense.
 */
import { err, ok, type Result } from "../../../lib/base/result.ts";
import { at, isObject, isSame, type Json, listOf, parsed, textAt } from "./document.ts";

export interface PatchFault {
  readonly code: "test_failed" | "malformed" | "no_such_path";
  readonly message: string;
}

function stepsOf(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

type Edit = "add" | "replace" | "remove";

function inList(list: readonly Json[], step: string, edit: Edit, value: Json): readonly Json[] | undefined {
  const index = step === "-" && edit === "add" ? list.length : /^(0|[1-9]\d*)$/.test(step) ? Number(step) : Number.NaN;
  const last = edit === "add" ? list.length : list.length - 1;
  if (!(index <= last)) return undefined;
  const removed = edit === "add" ? 0 : 1;
  return [...list.slice(0, index), ...(edit === "remove" ? [] : [value]), ...list.slice(index + removed)];
}

/** Undefined where the path leads nowhere. */
function edited(holder: Json, steps: readonly string[], edit: Edit, value: Json): Json | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return edit === "remove" ? undefined : value;
  if (Array.isArray(holder)) {
    const list = listOf(holder);
    if (rest.length === 0) return inList(list, step, edit, value);
    const inner = list[Number(step)];
    const next = inner === undefined ? undefined : edited(inner, rest, edit, value);
    return next === undefined ? undefined : list.map((one, i) => (i === Number(step) ? next : one));
  }
  if (!isObject(holder)) return undefined;
  const { [step]: inner, ...others } = holder;
  if (rest.length === 0) {
    if (edit !== "add" && inner === undefined) return undefined;
    return edit === "remove" ? others : { ...holder, [step]: value };
  }
  const next = inner === undefined ? undefined : edited(inner, rest, edit, value);
  return next === undefined ? undefined : { ...holder, [step]: next };
}

function applied(document: Json, operation: Json): Result<Json, PatchFault> {
  const op = textAt(operation, "op");
  const path = at(operation, "path");
  const value = at(operation, "value") ?? null;
  if (typeof path !== "string") return err({ code: "malformed", message: "an operation has no path" });
  const steps = stepsOf(path);
  const missing = {
    code: "no_such_path",
    message: `${op} operation does not apply: doc is missing path: ${path}`,
  } as const;
  switch (op) {
    case "test":
      return isSame(at(document, ...steps) ?? null, value)
        ? ok(document)
        : err({ code: "test_failed", message: `testing value ${path} failed: test failed` });
    case "add":
    case "replace":
    case "remove": {
      const next = edited(document, steps, op, value);
      return next === undefined ? err(missing) : ok(next);
    }
    case "copy":
    case "move": {
      const from = stepsOf(textAt(operation, "from"));
      const moved = at(document, ...from);
      if (moved === undefined) return err(missing);
      const without = op === "copy" ? document : edited(document, from, "remove", null);
      const next = without === undefined ? undefined : edited(without, steps, "add", moved);
      return next === undefined ? err(missing) : ok(next);
    }
    default:
      return err({ code: "malformed", message: `Unexpected kind: ${op}` });
  }
}

export function jsonPatched(document: Json, patch: string): Result<Json, PatchFault> {
  const operations = parsed(patch);
  if (!Array.isArray(operations)) return err({ code: "malformed", message: "a JSON Patch is a list of operations" });
  let current: Result<Json, PatchFault> = ok(document);
  for (const operation of listOf(operations)) {
    if (current.ok) current = applied(current.value, operation);
  }
  return current;
}

function merged(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: Record<string, Json> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merged(result[name], value);
  }
  return result;
}

export function mergePatched(document: Json, patch: string): Result<Json, PatchFault> {
  const value = parsed(patch);
  if (!isObject(value)) return err({ code: "malformed", message: "a merge patch is an object" });
  return ok(merged(document, value));
}
