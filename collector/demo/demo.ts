/**
 * The running demo: a world that follows the wall clock, its server and its trace export. In: a seed and, later, the
 * collector's addresses. Out: a ready message; proxies to scrape; spans. The clock may be injected.
 */
import { performance } from "node:perf_hooks";
import { ESTATE_ALIASES, type EstateAlias } from "../../lib/world/estate-jobs.ts";
import { TICK_MS, World } from "../../lib/world/world.ts";
import { type ControlConfig, controlConfig, type DemoRollout, demoRollouts } from "./control/control-config.ts";
import { ControlWorld } from "./control/control-world.ts";
import type { AskHook } from "./control/flagger-controller.ts";
import { ControlServer } from "./control-server.ts";
import { type CollectorUrls, TraceExport } from "./export.ts";
import { type Job, jobsOf } from "./jobs.ts";

const STEP_MS = 250;
/** Of the world's time in one step. */
const LONGEST_STEP_MS = 1_000;
const PIECE_MS = TICK_MS;
/** Of the machine's time in one step: on a busy machine the APIs answer between one piece of what was missed and the next. */
const STEP_COSTS_MS = 40;
/** A world that is this far behind slept, as the machine did or as it had to; what was missed is not played. */
const ASLEEP_MS = 15_000;

export interface Ready {
  readonly type: "ready";
  readonly controlUrl: string;
  readonly jobs: readonly Job[];
  /** Hosts that lead from one mesh into another. */
  readonly aliases: readonly EstateAlias[];
  /** The simulated control planes, in the words of meshscope.yaml. */
  readonly control: ControlConfig;
  /** One for each mesh, in the words of a definitions file. */
  readonly rollouts: readonly DemoRollout[];
}

const HOOK_TIMEOUT_MS = 2_000;

/** As Flagger reads an answer: 200 to 202 is a yes. */
const askHook: AskHook = async (url, body) => {
  try {
    const signal = AbortSignal.timeout(HOOK_TIMEOUT_MS);
    const headers = { "content-type": "application/json" };
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal });
    await answer.arrayBuffer();
    return answer.status >= 200 && answer.status <= 202;
  } catch {
    return false;
  }
};

export class Demo {
  readonly world: World;
  private readonly now: () => number;
  private readonly spentMs: () => number;
  private readonly server: ControlServer;
  private readonly planes: ControlWorld;
  private timer: ReturnType<typeof setInterval> | undefined;
  private exporter: TraceExport | undefined;
  private stopped: Promise<void> | undefined;
  /** When the world may go on, on the machine's own clock: it takes half of what this process gets, and never more. */
  private restUntilMs = 0;

  /** `spentMs`: the machine's own clock, by which the cost of a step is told. */
  constructor(seed: number, now: () => number, spentMs: () => number = () => performance.now()) {
    this.now = now;
    this.spentMs = spentMs;
    this.world = new World({ seed, startMs: now() });
    this.planes = new ControlWorld({ world: this.world, now, ask: askHook });
    this.server = new ControlServer({
      world: this.world,
      refresh: () => this.step(),
      reset: () => this.planes.reset(),
      exports: () => this.exporter?.tally.figures ?? null,
    });
  }

  async start(): Promise<Ready> {
    const controlUrl = await this.server.listen();
    this.timer = setInterval(() => this.step(), STEP_MS);
    return {
      type: "ready",
      controlUrl,
      jobs: jobsOf(this.world.pods, controlUrl),
      aliases: ESTATE_ALIASES,
      control: controlConfig(await this.planes.listen()),
      rollouts: demoRollouts(),
    };
  }

  /** Where the simulated Flagger asks whether it may go on, by kind of webhook. */
  openGates(urls: Readonly<Record<string, string>>): void {
    this.planes.setHooks(urls);
  }

  /** Starts exporting traces; a second call redirects them. */
  async exportTo(urls: CollectorUrls): Promise<void> {
    const before = this.exporter;
    this.exporter = new TraceExport(urls);
    await before?.shutdown();
  }

  /**
   * Brings the world towards the present and hands on the spans that ended; before a collector is known they go nowhere. Every
   * scrape asks for it: where the machine is too slow for the world, it is the world that falls behind, and not the answers.
   */
  step(): void {
    const startedMs = this.spentMs();
    if (startedMs < this.restUntilMs) return;
    const nowMs = this.now();
    if (nowMs - this.world.nowMs > ASLEEP_MS) this.world.skipTo(nowMs);
    this.planes.step(this.world.active);
    const endMs = Math.min(nowMs, this.world.nowMs + LONGEST_STEP_MS);
    const splits = this.planes.splits();
    do this.world.advance(Math.min(endMs, this.world.nowMs + PIECE_MS), splits);
    while (this.world.nowMs + PIECE_MS <= endMs && this.spentMs() - startedMs < STEP_COSTS_MS);
    this.exporter?.export(this.world.takeSpans(), nowMs);
    const endedMs = this.spentMs();
    this.restUntilMs = endedMs + (endedMs - startedMs);
  }

  /** Once, however often it is asked. */
  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async end(): Promise<void> {
    clearInterval(this.timer);
    await this.server.close();
    await this.planes.close();
    await this.exporter?.shutdown();
  }
}
