/**
 * The colour of a service comes from its name alone, so it is the same in every session; within one trace, services
 * whose names fall on one colour are moved to free ones, so that up to ten are told apart. Ten colours that stay
 * apart for colour-blind eyes (after Okabe-Ito and Tol's muted set, without the reds kept for failures), one list per
 * theme, each ≥ 3:1 against bar backgrounds. Services may share a colour: text always names them.
 */
export const SERVICE_COLOURS = [
  { light: "#3b6fb6", dark: "#6fa3e8" },
  { light: "#1b8a5a", dark: "#4cc38a" },
  { light: "#8a5a9e", dark: "#c08fd6" },
  { light: "#96700a", dark: "#d9b13b" },
  { light: "#0e7c8b", dark: "#45bccd" },
  { light: "#a8487a", dark: "#e58bb8" },
  { light: "#5d7a1f", dark: "#a3c65a" },
  { light: "#5b5fc7", dark: "#9a9dff" },
  { light: "#7a6652", dark: "#b9a48d" },
  { light: "#4f7186", dark: "#93b4c9" },
] as const;

/** Index into `SERVICE_COLOURS`: FNV-1a over UTF-16 units, folded. */
export function serviceColour(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 15;
  return (hash >>> 0) % SERVICE_COLOURS.length;
}

/** One colour per name: its own where free, else the next free one, in the order of the names; then colours repeat. */
export function serviceColours(names: readonly string[]): readonly number[] {
  const size = SERVICE_COLOURS.length;
  const taken = new Map<number, string>();
  const colours = new Map<string, number>();
  for (const name of [...new Set(names)].sort()) {
    const own = serviceColour(name);
    let colour = own;
    for (let step = 0; step < size && taken.has(colour); step++) colour = (colour + 3) % size;
    if (taken.has(colour)) colour = own;
    taken.set(colour, name);
    colours.set(name, colour);
  }
  return names.map((name) => colours.get(name) ?? 0);
}
