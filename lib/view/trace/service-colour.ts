/**
 * The colour of a service: the same in every trace and session, so it comes from the name alone. Ten colours that stay
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
