/**
 * A Prometheus over imported samples, or one that scrapes: started on a free loopback port in a scratch folder, asked by
 * instant queries, ended for good.
 *
 * In: binaries and either a text of samples in OpenMetrics form (seconds, ascending per series) or a scrape configuration.
 * Out: `query`, whose answers are exact: Prometheus prints a float with as many digits as it takes to read it back.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../real/envoy/binary.ts";
import { freePorts } from "../real/envoy/http-client.ts";
import type { PrometheusBinaries } from "./binary.ts";

/** One element of an instant vector. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Prometheus {
  readonly url: string;
  readonly pid: number;
  /** Instant query at `atMs`, Unix ms. */
  query(promql: string, atMs: number): Promise<readonly Sample[]>;
  stop(): Promise<void>;
}

const IMPORT_TIMEOUT_MS = 120_000;
const READY_TIMEOUT_MS = 30_000;

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await gone;
  clearTimeout(force);
}

function samplesOf(answer: unknown): readonly Sample[] {
  const told = JSON.stringify(answer).slice(0, 300);
  if (typeof answer !== "object" || answer === null || !("data" in answer)) throw new Error(`no data: ${told}`);
  const { data } = answer;
  if (typeof data !== "object" || data === null || !("result" in data) || !Array.isArray(data.result))
    throw new Error(`no vector: ${told}`);
  return data.result.map((one: { metric: Record<string, string>; value: [number, string] }) => ({
    labels: one.metric,
    value: Number(one.value[1]),
  }));
}

async function whenReady(url: string, child: ChildProcess, log: () => string): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    const up = await fetch(`${url}/-/ready`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Prometheus did not become ready: ${log()}`);
}

async function serve(binaries: PrometheusBinaries, folder: string, config: string): Promise<Prometheus> {
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  await writeFile(join(folder, "prometheus.yml"), config);
  const args = [
    `--config.file=${join(folder, "prometheus.yml")}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    "--storage.tsdb.retention.time=100y",
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = spawn(binaries.prometheus, args, { stdio: ["ignore", "ignore", "pipe"] });
  const onExit = (): boolean => child.kill("SIGKILL");
  process.on("exit", onExit);
  let log = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text: string) => {
    log = (log + text).slice(-2_000);
  });
  const stop = async (): Promise<void> => {
    await ended(child);
    process.off("exit", onExit);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await whenReady(url, child, () => log);
  } catch (error) {
    await stop();
    throw error;
  }
  const query = async (promql: string, atMs: number): Promise<readonly Sample[]> => {
    const body = new URLSearchParams({ query: promql, time: String(atMs / 1000) });
    const answer = await fetch(`${url}/api/v1/query`, { method: "POST", body });
    const json: unknown = await answer.json();
    if (!answer.ok) throw new Error(`${promql}: ${JSON.stringify(json)}`);
    return samplesOf(json);
  };
  return { url, pid: child.pid ?? 0, query, stop };
}

/** Imports `openMetrics` with `promtool tsdb create-blocks-from openmetrics` and serves it. */
export async function servingSamples(binaries: PrometheusBinaries, openMetrics: string): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), "meshscope-prometheus-"));
  const input = join(folder, "samples.txt");
  await writeFile(input, openMetrics);
  const args = ["tsdb", "create-blocks-from", "openmetrics", "--quiet", input, join(folder, "data")];
  const ran = await run(binaries.promtool, args, IMPORT_TIMEOUT_MS);
  if (!ran.ok) {
    await rm(folder, { recursive: true, force: true });
    throw new Error(`promtool refused the samples: ${ran.text.slice(-500)}`);
  }
  return serve(binaries, folder, "{}\n");
}

export interface ScrapeTarget {
  readonly job: string;
  readonly address: string;
  readonly path: string;
}

/** Scrapes `targets` every `intervalSec`. */
export async function scraping(
  binaries: PrometheusBinaries,
  targets: readonly ScrapeTarget[],
  intervalSec = 1,
): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), "meshscope-prometheus-"));
  const jobs = targets.map(({ job, address, path }) => ({
    job_name: job,
    metrics_path: path,
    static_configs: [{ targets: [address] }],
  }));
  // JSON is YAML.
  const config = {
    global: { scrape_interval: `${intervalSec}s`, scrape_timeout: `${intervalSec}s` },
    scrape_configs: jobs,
  };
  return serve(binaries, folder, `${JSON.stringify(config)}\n`);
}
