/** A stretch of time, [startMs, endMs), Unix ms. */
export interface Range {
  readonly startMs: number;
  readonly endMs: number;
}

export const isSameRange = (a: Range, b: Range): boolean => a.startMs === b.startMs && a.endMs === b.endMs;

/** `<start>-<end>` in Unix ms, as it stands in a link. */
export function formatRange({ startMs, endMs }: Range): string {
  return `${startMs}-${endMs}`;
}

/** The reverse of `formatRange`; undefined for what is no range. */
export function parseRange(text: string | null | undefined): Range | undefined {
  const found = /^(\d{1,15})-(\d{1,15})$/.exec(text ?? "");
  if (found === null) return undefined;
  const [startMs, endMs] = [Number(found[1]), Number(found[2])];
  return startMs < endMs ? { startMs, endMs } : undefined;
}
