/**
 * Figures as the graph prints them: short (at most 3 significant figures), a thin-space-free unit, never a rounded-up
 * "100 %" or a rounded-down "0": shares that are not whole say so with < or >.
 * In: requests per second, ratios 0..1, milliseconds, bytes per second. Null (not known) prints as an empty string.
 */

/** Up to 3 significant figures for values of 1 or more, 2 below; `0.004` prints as `<0.01`. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 9.95) return String(Math.round(value));
  if (size >= 0.995) return trimZero(value.toFixed(1));
  if (size >= 0.01) return trimZero(value.toFixed(2));
  return "<0.01";
}

function trimZero(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function scaled(value: number, steps: readonly (readonly [number, string])[]): string {
  for (const [size, prefix] of steps) {
    if (value >= size * 0.9995) {
      const shown = value / size;
      return `${shown >= 9.95 ? Math.round(shown) : trimZero(shown.toFixed(shown >= 1.995 ? 1 : 2))} ${prefix}`;
    }
  }
  return figure(value);
}

/** `2.1 k/s`, `190/s`, `0.25/s`. */
export function rateText(perSec: number | null): string {
  if (perSec === null) return "";
  return `${scaled(perSec, [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ])}/s`;
}

/** `12 kB/s`, decimal multiples. */
export function byteRateText(bytesPerSec: number | null): string {
  if (bytesPerSec === null) return "";
  const text = scaled(bytesPerSec, [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ]);
  return /[GMk]$/.test(text) ? `${text}B/s` : `${text} B/s`;
}

/** `9.4 %`; `0 %` and `100 %` only when exactly none and all. */
export function shareText(ratio: number | null): string {
  if (ratio === null) return "";
  if (ratio === 0) return "0 %";
  if (ratio >= 1) return "100 %";
  const percent = ratio * 100;
  if (percent < 0.1) return "<0.1 %";
  if (percent > 99.9) return ">99.9 %";
  return `${percent >= 99.45 || percent < 9.95 ? trimZero(percent.toFixed(1)) : Math.round(percent)} %`;
}

/** `83 ms`, `1.2 s`. */
export function millisText(ms: number | null): string {
  if (ms === null) return "";
  return ms >= 999.5 ? `${trimZero((ms / 1000).toFixed(ms >= 9950 ? 0 : 1))} s` : `${figure(ms)} ms`;
}

/** `1 workload`, `11 workloads`, `2 ingresses`. */
export function countText(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`;
  return /(?:x|s|ch)$/.test(noun) ? `${count} ${noun}es` : `${count} ${noun}s`;
}
