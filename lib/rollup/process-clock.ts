/**
 * Whether the process behind an endpoint restarted between two readings. In: uptime or start time as printed, and when
 * the endpoint was asked. An uptime is floored to a second and read up to a scrape's timeout after the asking, so an
 * estimate that moved a little is no restart unless the new start also lies after the reading before.
 */
const TOLERANCE_MS = 2_000;

export class ProcessClock {
  startMs: number | null = null;
  private uptime: number | null = null;
  private nextUptime: number | null = null;
  private nextStart: number | null = null;

  uptimeSeconds(value: number): void {
    if (value >= 0) this.nextUptime = value;
  }

  startTimeSeconds(value: number): void {
    if (value > 0) this.nextStart = value * 1000;
  }

  /** Ends a reading asked at `atMs`, the one before at `lastMs`; true when the process is another one. */
  finish(atMs: number, lastMs: number | null): boolean {
    const { uptime, nextUptime, nextStart, startMs: before } = this;
    const start = nextStart ?? (nextUptime === null ? null : atMs - nextUptime * 1000);
    this.uptime = nextUptime;
    this.nextUptime = null;
    this.nextStart = null;
    if (start === null) return false;
    const younger = uptime !== null && nextUptime !== null && nextUptime < uptime;
    const moved = before !== null && start - before > (nextStart === null ? TOLERANCE_MS : 500);
    const restarted = younger || (moved && (nextStart !== null || start > (lastMs ?? 0) - TOLERANCE_MS));
    // The first estimate of a process stands, so that many small errors do not add up.
    if (before === null || restarted) this.startMs = start;
    return restarted;
  }
}
