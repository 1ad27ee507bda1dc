/** A service's colour as CSS that follows the theme. In: an index into the palette of lib/view. */
import { SERVICE_COLOURS } from "../../lib/view/trace/service-colour.ts";

export function paint(colour: number): string {
  const pair = SERVICE_COLOURS[colour];
  return pair === undefined ? "currentColor" : `light-dark(${pair.light}, ${pair.dark})`;
}

/** The same, let through the ground: for time spent in children. */
export function pale(colour: number): string {
  return `color-mix(in srgb, ${paint(colour)} 42%, var(--color-bg))`;
}
