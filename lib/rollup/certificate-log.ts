/**
 * The certificates of one target over its readings. In: what a reading prints, converted to seconds left by the series
 * table. Out: facts, with the renewals that were seen to happen. An expiry that is printed as time left moves by the
 * rounding of both clocks, so that only a jump past `JITTER_SEC` is a renewal; one in whole days is a lower bound that
 * stands still for a day, so that only more than a day's jump is. Bounded: 64 names a target.
 */
import type { CertificateFacts } from "../model/certificate.ts";
import type { SeriesMeaning } from "../model/meaning.ts";

type Printed = Extract<SeriesMeaning, { kind: "certificateSeconds" }>;

const MAX_NAMES = 64;
const JITTER_SEC = 60;
/** The printed unit is the precision, from here on: seconds are exact, days are not. */
const COARSE_SEC = 3600;

interface Writable {
  name: string;
  role: CertificateFacts["role"];
  family: string;
  expiresAtSec: number | null;
  resolutionSec: number;
  renewedAtSec: number | null;
  firstReadMs: number;
  lastReadMs: number;
}

export class CertificateLog {
  private readonly byName = new Map<string, Writable>();
  private readonly refreshed = new Map<string, number>();

  private entry({ name, role, scale = 1 }: Printed, canonical: string, atMs: number): Writable | undefined {
    const known = this.byName.get(name);
    if (known !== undefined) {
      known.lastReadMs = atMs;
      return known;
    }
    if (this.byName.size >= MAX_NAMES) return undefined;
    const made: Writable = {
      name,
      role: role ?? null,
      family: canonical.split("{", 1)[0] ?? canonical,
      expiresAtSec: null,
      resolutionSec: scale >= COARSE_SEC ? scale : 0,
      renewedAtSec: null,
      firstReadMs: atMs,
      lastReadMs: atMs,
    };
    this.byName.set(name, made);
    return made;
  }

  /**
   * One value of one series: seconds left at `atMs`, negative once it has expired, or the time of a refresh. False where
   * the series speaks of no certificate.
   */
  take(meaning: SeriesMeaning, canonical: string, value: number, atMs: number): boolean {
    if (meaning.kind === "certificateSeconds") this.read(meaning, canonical, value, atMs);
    else if (meaning.kind === "certificateRefreshed") this.refreshedAt(meaning.name, value);
    else return false;
    return true;
  }

  private read(printed: Printed, canonical: string, secondsLeft: number, atMs: number): void {
    const entry = this.entry(printed, canonical, atMs);
    if (entry === undefined) return;
    const atSec = atMs / 1000;
    const expiry = atSec + secondsLeft;
    const before = entry.expiresAtSec;
    const margin = entry.resolutionSec + JITTER_SEC;
    const isLater = before !== null && expiry > before + margin;
    if (isLater) entry.renewedAtSec = atSec;
    const isSame = before !== null && !isLater && expiry >= before - margin;
    // Of one expiry in whole days the greatest bound seen is the best.
    entry.expiresAtSec = isSame && entry.resolutionSec > 0 ? Math.max(before, expiry) : expiry;
  }

  /** The family is there and says nothing: a sentinel, or no number. What was known of it no longer holds. */
  withheld(meaning: SeriesMeaning, canonical: string, atMs: number): void {
    if (meaning.kind !== "certificateSeconds") return;
    const entry = this.entry(meaning, canonical, atMs);
    if (entry !== undefined) entry.expiresAtSec = null;
  }

  private refreshedAt(name: string, unixSec: number): void {
    if (unixSec > 0 && (this.refreshed.size < MAX_NAMES || this.refreshed.has(name))) this.refreshed.set(name, unixSec);
  }

  facts(): readonly CertificateFacts[] {
    return [...this.byName.values()].map((entry) => ({
      ...entry,
      refreshedAtSec: this.refreshed.get(entry.name) ?? null,
    }));
  }

  /** Of all that are known, the least time left at `atMs`, in seconds; undefined where none is. */
  firstToExpireSec(atMs: number): number | undefined {
    const left = [...this.byName.values()].flatMap(({ expiresAtSec }) =>
      expiresAtSec === null ? [] : [expiresAtSec - atMs / 1000],
    );
    return left.length === 0 ? undefined : Math.min(...left);
  }
}
