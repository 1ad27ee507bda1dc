/**
 * Keyboard shortcuts as data and as a two-key state machine. In: the keys pressed so far and the next one; out: the
 * action, or what to wait for. Keys typed into fields never reach it; holding Ctrl, Alt or ⌘ is the caller's to sort out.
 */

export type Action =
  | "help"
  | "palette"
  | "find"
  | "live"
  | "back"
  | "forward"
  | "close"
  | "goMap"
  | "goHeatmap"
  | "goTraces"
  | "goServices"
  | "goMtls"
  | "goRollouts"
  | "goAudit"
  | "goSources";

export interface Shortcut {
  readonly keys: readonly string[];
  readonly action: Action;
  readonly words: string;
}

export const SHORTCUTS: readonly Shortcut[] = [
  { keys: ["/"], action: "find", words: "Find by name" },
  { keys: ["?"], action: "help", words: "This help" },
  { keys: ["["], action: "back", words: "Time back by one window" },
  { keys: ["]"], action: "forward", words: "Time forward by one window" },
  { keys: ["L"], action: "live", words: "Live or paused" },
  { keys: ["g", "m"], action: "goMap", words: "Go to the map" },
  { keys: ["g", "h"], action: "goHeatmap", words: "Go to the heatmap" },
  { keys: ["g", "t"], action: "goTraces", words: "Go to traces" },
  { keys: ["g", "s"], action: "goServices", words: "Go to services" },
  { keys: ["g", "l"], action: "goMtls", words: "Go to mTLS" },
  { keys: ["g", "r"], action: "goRollouts", words: "Go to rollouts" },
  { keys: ["g", "a"], action: "goAudit", words: "Go to the audit" },
  { keys: ["g", "o"], action: "goSources", words: "Go to sources" },
  { keys: ["Escape"], action: "close", words: "Close the panel or dialog" },
];

export interface KeyStep {
  /** The first key of a pair that waits for its second. */
  readonly pending: string | null;
  readonly action: Action | null;
}

function same(a: string, b: string): boolean {
  return a === b || (a.length === 1 && a.toLowerCase() === b.toLowerCase());
}

export function nextKey(pending: string | null, key: string): KeyStep {
  const match = SHORTCUTS.find(({ keys }) =>
    pending === null
      ? keys.length === 1 && same(keys[0] ?? "", key)
      : same(keys[0] ?? "", pending) && keys.length === 2 && same(keys[1] ?? "", key),
  );
  if (match !== undefined) return { pending: null, action: match.action };
  const starts = SHORTCUTS.some(({ keys }) => keys.length === 2 && same(keys[0] ?? "", key));
  return { pending: starts ? key : null, action: null };
}
