/** The roles of bench/child.ts, as the benches start them. */
import { z } from "zod";
import { type LoadDone, type LoadJob, loadDoneSchema } from "../load/job.ts";
import type { Estate } from "./istio-targets.ts";
import { type Helper, startHelper } from "./programs.ts";

export const startLoad = (): Promise<Helper<LoadJob, LoadDone>> => startHelper("load", [], loadDoneSchema);

/** A server that reads bodies (inflated, if asked) and throws them away. */
export const startDiscard = (kind: "plain" | "gunzip"): Promise<Helper<object, unknown>> =>
  startHelper("discard", [kind], z.unknown());

/** Counts of a loop that does nothing, by upper bound in seconds. */
export const startIdleLoop = (): Promise<Helper<object, string>> => startHelper("idle-loop", [], z.string());

export const startTargets = (estate: Estate): Promise<Helper<object, unknown>> =>
  startHelper("istio-targets", [`${estate.workloads}`, `${estate.callees}`], z.unknown());

/** Serves a page of so many series, another one each second. */
export const startPage = (series: number, gzip: boolean): Promise<Helper<object, unknown>> =>
  startHelper("scrape-page", [`${series}`, gzip ? "gzip" : "plain"], z.unknown());
