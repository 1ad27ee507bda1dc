/** Runs a loop for each endpoint of the configured jobs. In: jobs, a sink. Out: a way to stop. */
import type { ScrapeJob } from "../config/config.ts";
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
}

export interface Scraping {
  readonly endpoints: readonly ScrapeEndpoint[];
  /** Ends requests in flight; afterwards the sink is not called any more. */
  stop(): Promise<void>;
}

export function startScraping(jobs: readonly ScrapeJob[], options: ScrapingOptions): Scraping {
  const { sink, board, clock, log } = options;
  const agents = openAgents();
  const endpoints = endpointsOf(jobs);
  const loops = endpoints.map((endpoint) => {
    const { id, address, job, mesh, intervalMs, targetLabels } = endpoint;
    const workload = targetLabels.workload;
    const handle = board.open({
      id,
      kind: "scrape",
      address,
      job,
      mesh,
      ...(workload === "" ? {} : { workload }),
      intervalMs,
      unit: "series",
    });
    return new ScrapeLoop(endpoint, handle, { sink, clock, log, agents });
  });
  for (const loop of loops) loop.start();
  return {
    endpoints,
    stop: async () => {
      await Promise.all(loops.map((loop) => loop.stop()));
      closeAgents(agents);
    },
  };
}
