/** Runs a loop for each endpoint of the configured jobs. In: jobs, a sink. Out: a way to stop. Of several collectors each scrapes its own targets. */
import type { ScrapeJob } from "../config/config.ts";
import { Turns } from "../pipeline/turns.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { SourceBoard } from "../telemetry/source-board.ts";
import { endpointsOf, type ScrapeEndpoint } from "./endpoint.ts";
import { closeAgents, openAgents } from "./fetch-body.ts";
import { ScrapeLoop, type ScrapeSink } from "./scrape-loop.ts";

export interface ScrapingOptions {
  readonly sink: ScrapeSink;
  readonly board: SourceBoard;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether this collector scrapes a target; absent: all of them. */
  readonly owns?: (target: string) => boolean;
  /** An endpoint is another's from now on. */
  readonly forget?: (endpoint: ScrapeEndpoint) => void;
}

export interface Scraping {
  readonly endpoints: readonly ScrapeEndpoint[];
  /** `owns` answers otherwise than before. */
  reassign(): void;
  /** Ends requests in flight; afterwards the sink is not called any more. */
  stop(): Promise<void>;
}

/** One member's share of the endpoints, each in its loop. */
class Loops {
  private readonly running = new Map<ScrapeEndpoint, ScrapeLoop>();
  private readonly ending = new Set<Promise<void>>();
  private readonly options: ScrapingOptions;
  private readonly agents = openAgents();
  private readonly turns = new Turns();
  private stopped = false;

  constructor(options: ScrapingOptions) {
    this.options = options;
  }

  /** After this none of the others is scraped, and nothing that was asked of them is taken. */
  assign(endpoints: readonly ScrapeEndpoint[]): void {
    const { owns = () => true, forget, board } = this.options;
    if (this.stopped) return;
    for (const endpoint of endpoints) {
      const isOwn = owns(endpoint.target);
      const loop = this.running.get(endpoint);
      if (isOwn && loop === undefined) this.start(endpoint);
      if (isOwn || loop === undefined) continue;
      this.running.delete(endpoint);
      this.end(loop);
      board.close(endpoint.id);
      // When it comes back, what was read before says nothing of the time between.
      forget?.(endpoint);
    }
  }

  private start(endpoint: ScrapeEndpoint): void {
    const { sink, board, clock, log } = this.options;
    const { id, address, job, mesh, intervalMs, targetLabels } = endpoint;
    const workload = targetLabels.workload === "" ? {} : { workload: targetLabels.workload };
    const handle = board.open({ id, kind: "scrape", address, job, mesh, ...workload, intervalMs, unit: "series" });
    const loop = new ScrapeLoop(endpoint, handle, { sink, clock, log, agents: this.agents, turns: this.turns });
    this.running.set(endpoint, loop);
    loop.start();
  }

  private end(loop: ScrapeLoop): void {
    const ended = loop.stop().finally(() => this.ending.delete(ended));
    this.ending.add(ended);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const loop of this.running.values()) this.end(loop);
    await Promise.all(this.ending);
    closeAgents(this.agents);
  }
}

export function startScraping(jobs: readonly ScrapeJob[], options: ScrapingOptions): Scraping {
  const endpoints = endpointsOf(jobs);
  const loops = new Loops(options);
  loops.assign(endpoints);
  return { endpoints, reassign: () => loops.assign(endpoints), stop: () => loops.stop() };
}
