/** Durations and sizes as people write them: `10s`, `500ms`, `64MiB`. Out: milliseconds and bytes. */

const DURATION_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZE_BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

function scaled(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([A-Za-z]+)$/.exec(text.trim());
  const factor = units[match?.[2] ?? ""];
  return match === null || factor === undefined ? undefined : Number(match[1]) * factor;
}

/** Milliseconds, or undefined when `text` is not a number with one of ms, s, m, h, d. */
export function parseDurationMs(text: string): number | undefined {
  return scaled(text, DURATION_MS);
}

/** Bytes, or undefined when `text` is not a number with one of B, KiB, MiB, GiB. */
export function parseSizeBytes(text: string): number | undefined {
  return scaled(text, SIZE_BYTES);
}
