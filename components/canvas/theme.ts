/** Colours of the theme in force, read from the CSS variables of globals.css once per theme change. */
import type { Tone } from "../../lib/view/graph/draw-marks.ts";

export interface Theme {
  readonly bg: string;
  readonly panel: string;
  readonly box: string;
  readonly line: string;
  readonly text: string;
  readonly quiet: string;
  readonly healthy: string;
  readonly degraded: string;
  readonly failing: string;
  readonly idle: string;
  readonly unknown: string;
  readonly accent: string;
  readonly font: string;
}

export function readTheme(element: Element): Theme {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(`--color-${name}`).trim() || "#808080";
  return {
    bg: colour("bg"),
    panel: colour("panel"),
    box: colour("box"),
    line: colour("line"),
    text: colour("text"),
    quiet: colour("quiet"),
    healthy: colour("healthy"),
    degraded: colour("degraded"),
    failing: colour("failing"),
    idle: colour("idle"),
    unknown: colour("unknown"),
    accent: colour("accent"),
    font: style.fontFamily === "" ? "system-ui, sans-serif" : style.fontFamily,
  };
}

/** Rings of nodes show health in full colour. */
export function nodeColour(theme: Theme, tone: Tone): string {
  return theme[tone];
}

/** A healthy edge is plain grey: colour on the picture means something to look at. */
export function edgeColour(theme: Theme, tone: Tone): string {
  return tone === "healthy" ? theme.idle : theme[tone];
}
