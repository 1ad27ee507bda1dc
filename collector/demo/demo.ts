/**
 * The running demo: a world that follows the wall clock, its server and its trace export. In: a seed and, later, the
 * collector's addresses. Out: a ready message; proxies to scrape; spans. The clock may be injected.
 */
import { ESTATE_ALIASES, type EstateAlias } from "../../lib/world/estate-jobs.ts";
import { World } from "../../lib/world/world.ts";
import { ControlServer } from "./control-server.ts";
import { type CollectorUrls, TraceExport } from "./export.ts";
import { type Job, jobsOf } from "./jobs.ts";

const STEP_MS = 250;
/** A step that comes later than this finds that the machine has slept: the estate slept too. */
const ASLEEP_MS = 60_000;

export interface Ready {
  readonly type: "ready";
  readonly controlUrl: string;
  readonly jobs: readonly Job[];
  /** Hosts that lead from one mesh into another. */
  readonly aliases: readonly EstateAlias[];
}

export class Demo {
  readonly world: World;
  private readonly now: () => number;
  private readonly server: ControlServer;
  private timer: ReturnType<typeof setInterval> | undefined;
  private exporter: TraceExport | undefined;
  private stopped: Promise<void> | undefined;

  constructor(seed: number, now: () => number) {
    this.now = now;
    this.world = new World({ seed, startMs: now() });
    this.server = new ControlServer({
      world: this.world,
      refresh: () => this.step(),
      exports: () => this.exporter?.tally.figures ?? null,
    });
  }

  async start(): Promise<Ready> {
    const controlUrl = await this.server.listen();
    this.timer = setInterval(() => this.step(), STEP_MS);
    return { type: "ready", controlUrl, jobs: jobsOf(this.world.pods, controlUrl), aliases: ESTATE_ALIASES };
  }

  /** Starts exporting traces; a second call redirects them. */
  async exportTo(urls: CollectorUrls): Promise<void> {
    const before = this.exporter;
    this.exporter = new TraceExport(urls);
    await before?.shutdown();
  }

  /** Brings the world to the present and hands on the spans that ended; before a collector is known they go nowhere. */
  step(): void {
    const nowMs = this.now();
    if (nowMs - this.world.nowMs > ASLEEP_MS) this.world.skipTo(nowMs);
    this.world.advance(nowMs);
    const spans = this.world.takeSpans();
    this.exporter?.export(spans, nowMs);
  }

  /** Once, however often it is asked. */
  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async end(): Promise<void> {
    clearInterval(this.timer);
    await this.server.close();
    await this.exporter?.shutdown();
  }
}
