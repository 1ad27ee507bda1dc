/**
 * Records the project's own captures of Envoy: scrapes and trace posts of known traffic, and the truth about it.
 *
 * In: a folder to write to, as the first argument, and the sets to record, all if none is named. Out, per set: Prometheus text as scraped, post bodies as received, and
 * `truth.json` with what was sent, in requests by hop and status, and when, in Unix ms. Says why, and exits with 1, where
 * there is no Envoy. How to run it: ../captures/README.md.
 * Not handled: keeping the README in step; its facts were read off these captures by a person.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type DriveOptions, type Estate, startEstate } from "./estate.ts";
import { sleep } from "./http-client.ts";
import { type Received, type Sink, startSink } from "./sink.ts";
import {
  APPMESH_SHAPE,
  CONSUL_SHAPE,
  hopsOf,
  ISTIO_SHAPE,
  type Outcome,
  outboundCluster,
  PLAIN,
  PORTS_NEEDED,
  SERVICES,
  type ServiceName,
  statusOf,
  type Variant,
} from "./topology.ts";

type CaptureSet = {
  readonly name: string;
  readonly variant: Variant;
  readonly requests: number;
  readonly drive: DriveOptions;
  readonly before: readonly ServiceName[];
  readonly after: readonly ServiceName[];
  /** This one is restarted afterwards, `requests` more are driven, and it is scraped once more. */
  readonly restarted?: { readonly service: ServiceName; readonly requests: number };
};

const SETS: readonly CaptureSet[] = [
  {
    name: "plain",
    variant: PLAIN,
    requests: 10,
    drive: { failures: 2, missing: 1, concurrency: 1 },
    before: SERVICES,
    after: SERVICES,
    restarted: { service: "b", requests: 7 },
  },
  {
    name: "istio-shape",
    variant: ISTIO_SHAPE,
    requests: 6,
    drive: { failures: 2, concurrency: 1 },
    before: ["a"],
    after: ["a", "b"],
  },
  {
    name: "istio-stock-stats",
    variant: { ...ISTIO_SHAPE, stats: "istioStock", tracing: "otlp" },
    requests: 6,
    drive: { failures: 2, concurrency: 1 },
    before: ["a"],
    after: SERVICES,
  },
  {
    name: "permissive-shared-spans",
    variant: { ...PLAIN, tracing: "zipkinShared", permissive: true },
    requests: 3,
    drive: { failures: 1, concurrency: 1 },
    before: [],
    after: ["c"],
  },
  {
    name: "consul-shape",
    variant: CONSUL_SHAPE,
    requests: 6,
    drive: { failures: 2, concurrency: 1 },
    before: [],
    after: SERVICES,
  },
  {
    name: "appmesh-shape",
    variant: APPMESH_SHAPE,
    requests: 6,
    drive: { failures: 2, concurrency: 1 },
    before: [],
    after: SERVICES,
  },
];

/** Fixed, so that captures recorded anew differ only where Envoy does. */
const FIRST_PORT = 21_000;
const SINK_PORT = 21_100;
/** Envoy's own period for histograms and for spans; captures are of Envoy as it comes. */
const FLUSH_MS = 5_000;
const CERTIFICATE_DAYS = 90;

type Scrape = { readonly file: string; readonly service: ServiceName; readonly atMs: number; readonly after: string };

async function scrapeInto(folder: string, estate: Estate, service: ServiceName, moment: string): Promise<Scrape> {
  const file = `${service}.${moment}.prom.txt`;
  const atMs = Date.now();
  await writeFile(join(folder, file), await estate.scrape(service));
  return { file, service, atMs, after: moment };
}

/** Requests by status, as `service` answered them. */
function codesOf(set: CaptureSet, service: ServiceName): { readonly [status: string]: number } {
  const failures = set.drive.failures ?? 0;
  const missing = set.drive.missing ?? 0;
  const parts: readonly (readonly [Outcome, number])[] = [
    ["ok", set.requests - failures - missing],
    ["missing", missing],
    ["fail", failures],
  ];
  const told = parts.filter(([, requests]) => requests > 0);
  return Object.fromEntries(told.map(([outcome, requests]) => [String(statusOf(service, outcome)), requests]));
}

async function writePosts(folder: string, posts: readonly Received[]): Promise<readonly unknown[]> {
  await mkdir(join(folder, "posts"), { recursive: true });
  const written: unknown[] = [];
  for (const [index, post] of posts.entries()) {
    const extension = post.path.startsWith("/api/") ? "zipkin.json" : "otlp.pb";
    const file = `posts/${String(index + 1).padStart(2, "0")}.${extension}`;
    await writeFile(join(folder, file), post.body);
    written.push({ file, path: post.path, atMs: post.atMs, headers: post.headers });
  }
  return written;
}

function truthOf(set: CaptureSet, estate: Estate): { readonly [key: string]: unknown } {
  const hops = hopsOf(set.variant).map((hop) => ({
    ...hop,
    cluster: outboundCluster(set.variant, hop.to),
    requests: set.requests,
    codes: codesOf(set, hop.to),
  }));
  return {
    envoyVersion: estate.envoy.version,
    variant: set.variant,
    hops,
    client: { to: "a", mtls: false, requests: set.requests, codes: codesOf(set, "a") },
    traces: { count: set.requests, spansEach: hops.length * 2 + 1 },
    certificates: Object.fromEntries(
      [...estate.certificates.leaves].map(([name, { spiffeId, notAfterSec }]) => [name, { spiffeId, notAfterSec }]),
    ),
    targets: estate.targets,
    ports: estate.ports,
    ...(set.restarted === undefined ? {} : { restarted: set.restarted }),
  };
}

async function recordOn(folder: string, set: CaptureSet, estate: Estate, sink: Sink): Promise<void> {
  const scrapes: Scrape[] = [];
  for (const service of set.before) scrapes.push(await scrapeInto(folder, estate, service, "before"));
  await estate.drive(set.requests, set.drive);
  await sleep(FLUSH_MS * 1.5);
  for (const service of set.after) scrapes.push(await scrapeInto(folder, estate, service, "after"));
  const posts = await writePosts(folder, sink.received);
  if (set.restarted !== undefined) {
    await estate.restart(set.restarted.service);
    await estate.drive(set.restarted.requests, { concurrency: 1 });
    await sleep(FLUSH_MS * 1.5);
    scrapes.push(await scrapeInto(folder, estate, set.restarted.service, "restarted"));
  }
  const truth = { ...truthOf(set, estate), scrapes, posts };
  await writeFile(join(folder, "truth.json"), `${JSON.stringify(truth, null, 2)}\n`);
}

async function record(into: string, set: CaptureSet): Promise<string | undefined> {
  const folder = join(into, set.name);
  const sink = await startSink(SINK_PORT);
  try {
    const estate = await startEstate({
      ...sink,
      variant: set.variant,
      traceFlushMs: FLUSH_MS,
      statsFlushMs: FLUSH_MS,
      ports: Array.from({ length: PORTS_NEEDED }, (_, index) => FIRST_PORT + index),
      certificateDays: CERTIFICATE_DAYS,
    });
    if ("skip" in estate) return estate.skip;
    try {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await recordOn(folder, set, estate, sink);
    } finally {
      await estate.stop();
    }
  } finally {
    await sink.stop();
  }
  console.log(`recorded ${set.name}`);
  return undefined;
}

const [into, ...wanted] = process.argv.slice(2);
if (into === undefined) throw new Error("the folder to write to is the first argument");
for (const set of SETS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const skipped = await record(into, set);
  if (skipped === undefined) continue;
  console.warn(`nothing recorded: ${skipped}`);
  process.exitCode = 1;
  break;
}
