/** A service's colour as CSS that follows the theme. The palette is in lib/view. */
import { SERVICE_COLOURS, serviceColour } from "../../lib/view/trace/service-colour.ts";

export function servicePaint(name: string): string {
  const colour = SERVICE_COLOURS[serviceColour(name)];
  return colour === undefined ? "currentColor" : `light-dark(${colour.light}, ${colour.dark})`;
}

/** The same, let through the ground: for time spent in children. */
export function servicePale(name: string): string {
  return `color-mix(in srgb, ${servicePaint(name)} 42%, var(--color-bg))`;
}
