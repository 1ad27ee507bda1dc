/**
 * A plan carried out on the document that it was made from, to say what would stand there. In: a state and a plan; out: the
 * document afterwards. JSON Patch (RFC 6902) with `test`, `add` and `remove`: what the planners write. Null where a test
 * fails or a place is not there: the API would refuse it.
 */
import type { Plan, TrafficState } from "./contract.ts";
import { at, type Json, type JsonObject, listOf, objectOf, textOf } from "./document.ts";

const stepsOf = (pointer: string): readonly string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

type Edit = (holder: Json, last: string) => Json | undefined;

/** The document with the holder of the last step edited; undefined where the way ends. */
function edited(document: Json, steps: readonly string[], edit: Edit): Json | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return undefined;
  if (rest.length === 0) return edit(document, step);
  const isList = Array.isArray(document);
  const child = isList ? listOf(document)[Number(step)] : objectOf(document)?.[step];
  const changed = child === undefined ? undefined : edited(child, rest, edit);
  if (changed === undefined) return undefined;
  if (isList) return listOf(document).map((item, i) => (i === Number(step) ? changed : item));
  return { ...objectOf(document), [step]: changed };
}

const adding =
  (value: Json): Edit =>
  (holder, last) => {
    if (!Array.isArray(holder))
      return objectOf(holder) === undefined ? undefined : { ...objectOf(holder), [last]: value };
    const index = last === "-" ? holder.length : Number(last);
    return index >= 0 && index <= holder.length
      ? [...holder.slice(0, index), value, ...holder.slice(index)]
      : undefined;
  };

const removing: Edit = (holder, last) => {
  if (Array.isArray(holder))
    return Number(last) < holder.length ? holder.filter((_, i) => i !== Number(last)) : undefined;
  const { [last]: gone, ...kept } = objectOf(holder) ?? {};
  return gone === undefined ? undefined : kept;
};

/** Equal as JSON, whatever the order of keys. */
export function isEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (Array.isArray(a) || Array.isArray(b)) {
    const [left, right] = [listOf(a), listOf(b)];
    return (
      Array.isArray(a) && Array.isArray(b) && left.length === right.length && left.every((x, i) => isEqual(x, right[i]))
    );
  }
  const [left, right] = [objectOf(a), objectOf(b)];
  if (left === undefined || right === undefined) return a === b;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length && keys.every((key) => key in right && isEqual(left[key], right[key]))
  );
}

function patchedOnce(document: Json, operation: Json): Json | undefined {
  const steps = stepsOf(textOf(at(operation, "path")) ?? "");
  const value = at(operation, "value") ?? null;
  switch (at(operation, "op")) {
    case "test":
      return isEqual(at(document, ...stepsIn(document, steps)), value) ? document : undefined;
    case "add":
      return edited(document, steps, adding(value));
    case "remove":
      return edited(document, steps, removing);
    default:
      return undefined;
  }
}

/** Indexes as numbers where the document has lists. */
function stepsIn(document: Json, steps: readonly string[]): readonly (string | number)[] {
  let value: Json | undefined = document;
  return steps.map((step) => {
    const one = Array.isArray(value) ? Number(step) : step;
    value = at(value, one);
    return one;
  });
}

/** The object as it stands after the plan; `{}` where it is taken away, null where the API would refuse. */
export function documentAfter(
  { raw }: Pick<TrafficState, "raw">,
  { request }: Pick<Plan, "request">,
): JsonObject | null {
  if (request.api === "consul") return { ...request.body, ModifyIndex: nextOf(raw) };
  if (request.api === "appMesh") return request.operation === "DeleteRoute" ? {} : { ...raw, ...request.input };
  let document: Json | undefined = raw;
  for (const operation of listOf(request.body)) {
    if (document === undefined) return null;
    document = patchedOnce(document, operation);
  }
  return objectOf(document) ?? null;
}

function nextOf(raw: JsonObject): number {
  return Number(at(raw, "ModifyIndex") ?? 0) + 1;
}
