/**
 * The series of one scraped endpoint: raw text → dense ids and what they mean. A series is parsed and adapted at first
 * sight only; afterwards its bytes are recognised. In: a body and the time of the scrape. Out: a reading, and counts of
 * all that is not in it. Families that the adapter does not want (an application's own on a merged port) are passed over
 * before any dictionary. Memory is bounded by the series limit and by forgetting: what has not been printed for
 * `forgetAfterMs` goes. Not handled: samples' own timestamps; the scrape's time counts.
 */
import { err, ok, type Result } from "../base/result.ts";
import type { TargetLabels } from "../model/meaning.ts";
import type { ScrapeReading } from "../model/reading.ts";
import { type ExpositionErrorCode, type ExpositionStats, scanExposition } from "../wire/exposition/exposition.ts";
import type { OddLine } from "../wire/exposition/kernel-scan.ts";
import type { ExpositionVisitor } from "../wire/exposition/visitor.ts";
import type { MeshAdapter } from "./adapter.ts";
import type { Exploded } from "./exploded-labels.ts";
import { FamilyFilter } from "./family-filter.ts";
import type { LocalDrop } from "./local-drops.ts";
import { LossPrint } from "./loss-print.ts";
import { SeriesIds } from "./series-ids.ts";
import { SeriesPool } from "./series-pool.ts";

export interface SeriesLimits {
  /** Samples in one body; more fail the scrape. */
  readonly samples: number;
  readonly lineBytes: number;
  /** Wanted series known at a time; further ones are folded into `other` members and counted as `series_folded`. */
  readonly series: number;
  readonly forgetAfterMs: number;
  /** See `ExpositionLimits.framed`. */
  readonly framed: boolean;
}

export const DEFAULT_SERIES_LIMITS: SeriesLimits = {
  samples: 500_000,
  lineBytes: 65_536,
  series: 200_000,
  forgetAfterMs: 900_000,
  framed: true,
};

export type DropCode = LocalDrop;

export interface ReadStats {
  readonly lines: number;
  /** Samples in the body, wanted or not. */
  readonly samples: number;
  /** Ids in the reading. */
  readonly series: number;
  /** Samples of families that are not the proxy's, or mean nothing to a graph. No loss, so no drop. */
  readonly unwanted: number;
  /** Samples left out, by code. */
  readonly drops: ReadonlyMap<DropCode, number>;
  readonly firstOdd: OddLine | undefined;
  /** Families declared as a gauge now and as something else before: their samples are left out. */
  readonly typeChanged: readonly string[];
  /** Labels whose values were too many, the worst first: where series are over the limit they read `other`. */
  readonly exploded: readonly Exploded[];
  /** Series known to the table, and those given up before this reading. */
  readonly known: number;
  readonly forgotten: number;
}

export interface ScrapeError {
  readonly code: ExpositionErrorCode;
  readonly message: string;
}

export interface TableReading {
  readonly reading: ScrapeReading;
  readonly stats: ReadStats;
}

export class SeriesTable {
  private readonly ids: SeriesIds;
  private readonly filter: FamilyFilter;
  private readonly limits: SeriesLimits;
  /** Lost lines that may have been wanted. All other drops are no loss: the body shows what was dropped. */
  private readonly lost = new LossPrint();

  /** `pool` is what the tables of several endpoints share. */
  constructor(
    adapter: MeshAdapter,
    target: TargetLabels,
    limits: SeriesLimits = DEFAULT_SERIES_LIMITS,
    pool = new SeriesPool(),
  ) {
    this.limits = limits;
    this.filter = new FamilyFilter(adapter);
    this.ids = new SeriesIds({ adapter, target, limit: limits.series, pool }, this.filter);
  }

  /** Bytes of memory held for series. */
  get memory(): number {
    return this.ids.memory;
  }

  /**
   * One scrape. `framed` as in `ExpositionLimits`, for this body. Errors: the body is refused whole (`not_exposition`,
   * `truncated_line`, `sample_limit`) and the table is as if it had not been read, but for series it now knows.
   */
  read(bytes: Uint8Array, atMs: number, framed = this.limits.framed): Result<TableReading, ScrapeError> {
    try {
      return this.scan(bytes, atMs, framed);
    } finally {
      this.ids.release();
      this.filter.release();
    }
  }

  private scan(bytes: Uint8Array, atMs: number, framed: boolean): Result<TableReading, ScrapeError> {
    const { ids, filter, limits, lost } = this;
    ids.begin(bytes, atMs, limits.forgetAfterMs);
    filter.begin(bytes);
    lost.clear();
    const visitor: ExpositionVisitor = {
      known: (start, end) => ids.expected(start, end),
      type: (nameStart, nameEnd, type) => filter.declare(nameStart, nameEnd, type),
      started: (ms) => ids.startsAt(ms),
      composite: (start, nameEnd, _end, kind) => {
        if (filter.wantsBare(start, nameEnd))
          ids.dropped.add(kind === "native" ? "native_histogram" : "composite_value", 1);
        else filter.unwanted++;
      },
      sample: (start, nameEnd, end, value) => {
        const wanted = ids.isExpected(start) || filter.wants(start, nameEnd);
        if (wanted && !ids.take(start, end, value)) lost.add(bytes, start, end);
      },
      odd: (start, end) => {
        if (filter.mayBeWanted(start, end)) lost.add(bytes, start, end);
      },
    };
    const { samples, lineBytes } = limits;
    const scan = scanExposition(bytes, visitor, { samples, lineBytes, framed });
    if (!scan.ok) return err({ code: scan.error.code, message: scan.error.message });
    ids.dropped.add("malformed_line", scan.value.malformed);
    ids.dropped.add("line_too_long", scan.value.tooLong);
    ids.dropped.add("exemplar_malformed", scan.value.badExemplars);
    return ok(this.finish(scan.value));
  }

  private finish(scan: ExpositionStats): TableReading {
    const { ids, filter, lost } = this;
    ids.dropped.add("series_folded", ids.folded.samples);
    const drops = ids.dropped.all();
    // It is not said which series were left out.
    const full = drops.has("series_limit");
    const { key } = lost;
    const same = full || key === undefined ? {} : { lossKey: key };
    const reading = ids.reading({ incomplete: full || key !== undefined, ...same });
    const stats: ReadStats = {
      lines: scan.lines,
      samples: scan.samples,
      series: reading.size,
      unwanted: filter.unwanted + ids.meaningless,
      drops,
      firstOdd: scan.firstOdd,
      typeChanged: filter.changes(),
      exploded: ids.folded.worst,
      known: ids.known,
      forgotten: reading.forgotten?.length ?? 0,
    };
    return { reading, stats };
  }
}
