/** A definition as YAML, to be read and kept in Git. In: plain JSON values; out: block style above, flow style below. */

/** Strings that YAML takes for what they are without quotes: letters first, nothing that could end or begin another thing. */
function scalar(value: unknown): string {
  if (typeof value !== "string") return String(value);
  const isPlain = /^[A-Za-z][\w./-]*( [\w./-]+)*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value);
  return isPlain ? value : JSON.stringify(value);
}

function flow(value: unknown, depth = 0): string {
  // A definition is five deep; what is deeper came from somewhere else.
  if (depth > 16) return "null";
  if (typeof value !== "object" || value === null) return scalar(value);
  if (Array.isArray(value)) return `[${value.map((one) => flow(one, depth + 1)).join(", ")}]`;
  const members = Object.entries(value).flatMap(([key, one]) =>
    one === undefined ? [] : [`${scalar(key)}: ${flow(one, depth + 1)}`],
  );
  return `{${members.join(", ")}}`;
}

/** The top and the lists below it stand on lines of their own. */
export function definitionYaml(definition: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(definition).flatMap(([key, value]): readonly string[] => {
    if (value === undefined) return [];
    if (!Array.isArray(value) || value.length === 0) return [`${key}: ${flow(value)}`];
    return [`${key}:`, ...value.map((one) => `  - ${flow(one)}`)];
  });
  return `${lines.join("\n")}\n`;
}
