/** The lock of the map, in a table: closed, half, open, a question mark; the words are for readers and on hover. */
import { LOCK_WORDS, type Lock } from "../../lib/view/coverage.ts";
import { cx } from "./cx.ts";

const TONES: Readonly<Record<Lock, string>> = {
  closed: "text-healthy-text",
  half: "text-degraded-text",
  open: "text-failing-text",
  unknown: "text-unknown-text",
  none: "text-idle-text",
};

/** In a box of 12: the shackle is up and aside when open, the body is filled as far as the lock holds. */
function Glyph({ lock }: { readonly lock: "closed" | "half" | "open" }) {
  return (
    <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" fill="none" stroke="currentColor">
      <path
        d={lock === "open" ? "M3.5 5V3.4a2.5 2.5 0 0 1 5-.4" : "M3.5 5.5V3.6a2.5 2.5 0 0 1 5 0v1.9"}
        strokeWidth="1.4"
      />
      <rect
        x="1.9"
        y="5.5"
        width="8.2"
        height="5.6"
        rx="1"
        strokeWidth="1.2"
        fill={lock === "closed" ? "currentColor" : "none"}
      />
      {lock === "half" ? <rect x="1.9" y="5.5" width="4.1" height="5.6" fill="currentColor" stroke="none" /> : null}
    </svg>
  );
}

export function LockMark({ lock }: { readonly lock: Lock }) {
  const drawn = lock === "closed" || lock === "half" || lock === "open";
  return (
    <span className={cx("inline-flex items-center gap-1.5 whitespace-nowrap", TONES[lock])} title={LOCK_WORDS[lock]}>
      {drawn ? (
        <Glyph lock={lock} />
      ) : (
        <span aria-hidden="true" className="w-3 text-center font-mono font-semibold">
          {lock === "unknown" ? "?" : "○"}
        </span>
      )}
      {LOCK_WORDS[lock]}
    </span>
  );
}
