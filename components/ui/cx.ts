/** Joins class names; what is false, null or empty is left out. */
export function cx(...parts: readonly (string | false | null | undefined)[]): string {
  return parts.filter((part) => part !== false && part !== null && part !== undefined && part !== "").join(" ");
}
