/** JSON documents as the simulated control planes keep them: read by path, changed by copying, compared member by member. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [member: string]: Json;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function listOf(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

/** Undefined where any step of the path is missing. */
export function at(value: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  let here = value;
  for (const step of path) {
    if (isList(here)) here = here[Number(step)];
    else if (isObject(here) && Object.hasOwn(here, step)) here = here[step];
    else return undefined;
  }
  return here;
}

/** Empty where it is no text. */
export function textAt(value: Json | undefined, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  return typeof found === "string" ? found : "";
}

export function numberAt(value: Json | undefined, ...path: readonly (string | number)[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === "number" ? found : undefined;
}

/** A copy with a member set, objects made on the way; `undefined` takes it out. */
export function withMember(
  value: Json | undefined,
  path: readonly (string | number)[],
  member: Json | undefined,
): JsonObject {
  return objectOf(changed(value, path, member));
}

function changed(value: Json | undefined, path: readonly (string | number)[], member: Json | undefined): Json {
  const [step, ...rest] = path;
  if (step === undefined) return member ?? null;
  if (isList(value)) {
    const copy = [...value];
    copy[Number(step)] = changed(value[Number(step)], rest, member);
    return copy;
  }
  const { [step]: old, ...others } = objectOf(value);
  if (rest.length === 0 && member === undefined) return others;
  return { ...objectOf(value), [step]: changed(old, rest, member) };
}

/** Equal whatever the order of members. */
export function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (isList(a)) return isList(b) && a.length === b.length && a.every((value, i) => isSame(value, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]));
}

/** Undefined for what is no JSON. */
export function parsed(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
