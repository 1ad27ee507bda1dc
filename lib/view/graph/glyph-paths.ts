/**
 * Small glyphs as SVG path data in a box of 12 × 12: one filled shape per mesh (a mesh has a form, never a colour), one
 * drawn line per badge of an edge. The same data draws the canvas and the legend.
 */

const MESHES: Readonly<Record<string, string>> = {
  istio: "M6.6 1V8.2H10.6Z M5.4 3.6V8.2H2Z M1.8 9.2H10.6L9 11H3.6Z",
  linkerd: "M1.8 3.4 6 1 10.2 3.4 6 5.8Z M1.8 6 6 8.4 10.2 6V8.6L6 11 1.8 8.6Z",
  consul: "M9.7 2.9A4.9 4.9 0 1 0 9.7 9.1L7.9 7.5A2.4 2.4 0 1 1 7.9 4.5Z",
  appmesh: "M1.4 1.4H5.2V5.2H1.4Z M6.8 1.4H10.6V5.2H6.8Z M1.4 6.8H5.2V10.6H1.4Z M6.8 6.8H10.6V10.6H6.8Z",
  envoy: "M1.8 1.8H10.2V3.9H1.8Z M1.8 4.95H7.6V7.05H1.8Z M1.8 8.1H10.2V10.2H1.8Z",
};
const OTHER_MESH = "M6 2.6A3.4 3.4 0 1 0 6 9.4A3.4 3.4 0 1 0 6 2.6Z";

const RING = "M6 1.6A4.4 4.4 0 1 0 6 10.4A4.4 4.4 0 1 0 6 1.6Z";
const BADGES: Readonly<Record<string, { readonly path: string; readonly words: string }>> = {
  retries: { path: "M9.9 4.2A4.4 4.4 0 1 0 10.3 6.8 M10.5 1.7V4.6H7.6", words: "retries" },
  timeouts: { path: `${RING} M6 3.6V6.2L7.9 7.4`, words: "timeouts" },
  overflow: { path: "M1.8 5V10.4H10.2V5 M6 7.6V1.6 M3.8 3.8 6 1.6 8.2 3.8", words: "pool overflow" },
  ejections: { path: `${RING} M3.8 6H8.2`, words: "ejected hosts" },
  rateLimited: { path: "M2 9.4A4.6 4.6 0 1 1 10 9.4 M6 7.6 8.2 4.4", words: "rate limited" },
  denied: { path: `${RING} M3 3 9 9`, words: "denied" },
  waypoint: { path: "M1.2 6H3.6 M8.4 6H10.8 M6 3.2 8.8 6 6 8.8 3.2 6Z", words: "through a waypoint" },
  spans: { path: "M1.6 3H7.4 M4.2 6H10.4 M6 9H8.8", words: "from spans, not metrics" },
  added: { path: "M6 1.8V10.2 M1.8 6H10.2", words: "new since the window it is compared with" },
  removed: { path: "M1.8 6H10.2", words: "gone since the window it is compared with" },
  notKnown: {
    path: "M3.8 4.2A2.2 2.2 0 1 1 7 6.1Q6 6.7 6 7.8 M6 9.7V10.4",
    words: "not known whether new or gone: who tells of it was not observed in the other window",
  },
  canary: { path: "M1.4 6H4.6L10.4 2.6 M4.6 6 10.4 9.4", words: "a release moves weights here" },
  circuitOpen: { path: "M0.8 8H4L8.6 3.6 M8 8H11.2", words: "circuit open" },
};
/** A drawing pin: held in place by the user. */
export const PIN_PATH = "M4 1.2H8V2.6L7.4 3.2V5.6L9.4 7.6V8.6H6.6V11.4H5.4V8.6H2.6V7.6L4.6 5.6V3.2L4 2.6Z";

/** A shield struck through: no proxy of a mesh. */
export const NO_PROXY_PATH = "M6 1.2 10 2.8V6C10 8.4 8.3 10.1 6 10.9 3.7 10.1 2 8.4 2 6V2.8Z M1.2 1.2 10.8 10.8";

const OTHER_BADGE = "M2.6 6H3.4 M5.6 6H6.4 M8.6 6H9.4";

export function meshPath(mesh: string): string {
  return MESHES[mesh] ?? OTHER_MESH;
}

export function badgePath(badge: string): string {
  return BADGES[badge]?.path ?? OTHER_BADGE;
}

/** What a badge says; one that is not known is named as it came. */
export function badgeWords(badge: string): string {
  return BADGES[badge]?.words ?? badge;
}
