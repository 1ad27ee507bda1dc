/**
 * `metadata.managedFields`: who wrote which fields last. In: an object before and after a write, and its writer; out: the
 * list after it. Lists are one field, as they are where a schema says atomic; a writer that has nothing left is gone.
 */
import { at, isObject, isSame, type Json, type JsonObject, listOf, objectOf, textAt } from "./document.ts";

export interface Writer {
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource: "status" | null;
  readonly time: string;
}

/** Kept by the server itself. */
const OWN_METADATA = new Set([
  "managedFields",
  "resourceVersion",
  "generation",
  "uid",
  "creationTimestamp",
  "name",
  "namespace",
]);

/** The tree of what is in `after` and not so in `before`. */
function written(before: Json | undefined, after: JsonObject, skipped: ReadonlySet<string>): JsonObject {
  const tree: Record<string, Json> = {};
  for (const [name, value] of Object.entries(after)) {
    const old = at(before, name);
    if (skipped.has(name) || isSame(old, value)) continue;
    tree[`f:${name}`] = isObject(value) ? written(old, value, new Set()) : {};
  }
  return tree;
}

function fieldsOf(before: JsonObject | undefined, after: JsonObject): JsonObject {
  const metadata = written(objectOf(before?.["metadata"]), objectOf(after["metadata"]), OWN_METADATA);
  const rest = written(before, after, new Set(["metadata", "apiVersion", "kind"]));
  return Object.keys(metadata).length === 0 ? rest : { ...rest, "f:metadata": metadata };
}

function union(a: JsonObject, b: JsonObject): JsonObject {
  const tree: Record<string, Json> = { ...a };
  for (const [name, inner] of Object.entries(b)) tree[name] = union(objectOf(tree[name]), objectOf(inner));
  return tree;
}

/** Leaves of `b` taken out of `a`, and what is empty for it. */
function without(a: JsonObject, b: JsonObject): JsonObject {
  const tree: Record<string, Json> = {};
  for (const [name, inner] of Object.entries(a)) {
    const taken = b[name];
    if (!isObject(taken)) tree[name] = inner;
    else if (Object.keys(taken).length > 0) {
      const left = without(objectOf(inner), taken);
      if (Object.keys(left).length > 0) tree[name] = left;
    }
  }
  return tree;
}

export function managedAfter(before: JsonObject | undefined, after: JsonObject, writer: Writer): readonly Json[] {
  const fields = fieldsOf(before, after);
  const old = listOf(at(before, "metadata", "managedFields"));
  if (Object.keys(fields).length === 0) return old;
  const isOwn = (entry: Json): boolean =>
    textAt(entry, "manager") === writer.manager && textAt(entry, "subresource") === (writer.subresource ?? "");
  const others = old
    .filter((entry) => !isOwn(entry))
    .map((entry) => ({ ...objectOf(entry), fieldsV1: without(objectOf(at(entry, "fieldsV1")), fields) }))
    .filter(({ fieldsV1 }) => Object.keys(fieldsV1).length > 0);
  const own = {
    manager: writer.manager,
    operation: "Update",
    apiVersion: writer.apiVersion,
    time: writer.time,
    fieldsType: "FieldsV1",
    fieldsV1: union(objectOf(at(old.find(isOwn), "fieldsV1")), fields),
    ...(writer.subresource === null ? {} : { subresource: writer.subresource }),
  };
  return [...others, own];
}
