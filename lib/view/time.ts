/**
 * Given instants in words. In: Unix ms and the zone's minutes east of UTC (left out: the zone of the machine that
 * shows it). Out: 24-hour clock text. The clock itself is never read here.
 */

const MINUTE_MS = 60_000;

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** Minutes east of UTC at an instant, in the machine's zone. */
export function zoneMinutes(atMs: number): number {
  return -new Date(atMs).getTimezoneOffset();
}

/** "+01:00". */
export function zoneText(minutes: number): string {
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "−" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function shifted(atMs: number, zone: number | undefined): Date {
  return new Date(atMs + (zone ?? zoneMinutes(atMs)) * MINUTE_MS);
}

/** "14:05:00", or "14:05" without seconds. */
export function clock(atMs: number, zone?: number, seconds = true): string {
  const at = shifted(atMs, zone);
  const hm = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
  return seconds ? `${hm}:${two(at.getUTCSeconds())}` : hm;
}

/** "2026-03-01". */
export function day(atMs: number, zone?: number): string {
  return shifted(atMs, zone).toISOString().slice(0, 10);
}

/** "2026-03-01 14:05:00 +01:00": absolute, for hover. */
export function instant(atMs: number, zone?: number): string {
  return `${day(atMs, zone)} ${clock(atMs, zone)} ${zoneText(zone ?? zoneMinutes(atMs))}`;
}

/** "14:05:00–14:10:00 +01:00"; with the day in front where both ends are not on `todayMs`'s day. */
export function span(startMs: number, endMs: number, todayMs: number, zone?: number): string {
  const from = day(startMs, zone);
  const to = day(endMs, zone);
  const start = from === day(todayMs, zone) ? clock(startMs, zone) : `${from} ${clock(startMs, zone)}`;
  const end = to === from ? clock(endMs, zone) : `${to} ${clock(endMs, zone)}`;
  return `${start}–${end} ${zoneText(zone ?? zoneMinutes(endMs))}`;
}

/** For `<input type="datetime-local" step="1">`: "2026-03-01T14:05:00". */
export function localInput(atMs: number, zone?: number): string {
  return `${day(atMs, zone)}T${clock(atMs, zone)}`;
}

/** The reverse of `localInput`; undefined when the text is no date. */
export function parseLocalInput(text: string, zone?: number): number | undefined {
  const utc = Date.parse(`${text}Z`);
  if (Number.isNaN(utc)) return undefined;
  const atMs = utc - (zone ?? zoneMinutes(utc)) * MINUTE_MS;
  return zone === undefined ? utc - zoneMinutes(atMs) * MINUTE_MS : atMs;
}
