/**
 * 20 viewers with 20 different queries of an estate of 5,000 workloads and 20,000 edges, while a tenth of its targets is
 * read each second: how long each waits for the first byte, asking at the start of a slot and in its middle; how long the
 * whole summary takes beside a server that writes the same bytes; and how long the loop is held. Each process has its own
 * loop; the controls are asked by the same client in the same run.
 */
import { z } from "zod";
import { type AskJob, answersSchema } from "./graph/asker.ts";
import { type ServerStats, statsSchema } from "./graph/graph-server.ts";
import { countLine, median, noteLine, quantile, ratioLine, timeVerdict } from "./line.ts";
import { type BenchOptions, PLAIN_RUN, sized } from "./options.ts";
import { startHelper } from "./processes/programs.ts";

const FIRST_BYTE_MS = 50;
const LOOP_MS = 50;
const WHOLE = "/api/v1/graph";
const MAX_BYTES = 7_000_000;

const graphSchema = z.object({ nodes: z.array(z.object({ id: z.string() })) });

async function queries(port: number): Promise<string[]> {
  const nodesOf = async (query: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${WHOLE}${query}`);
    return graphSchema.parse(await answer.json()).nodes;
  };
  const [focus] = await nodesOf("?namespace=ns-3");
  const [box] = await nodesOf("?view=namespace");
  const namespaces = Array.from({ length: 7 }, (_, i) => `?namespace=ns-${i}`);
  return [
    "",
    "?cluster=c0",
    "?cluster=c1",
    "?mesh=istio&idle=1",
    "?view=service",
    "?view=version&namespace=ns-11",
    "?view=namespace",
    "?view=cluster",
    "?filter=service-1",
    "?filter=service-49&cluster=c1",
    `?focus=${focus?.id}&hops=2`,
    `?collapse=${box?.id}`,
    "?detail=full&namespace=ns-9",
    ...namespaces,
  ].map((query) => `${WHOLE}${query}`);
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
const untilSlot = (offsetMs: number): Promise<void> => sleep(10_000 - (Date.now() % 10_000) + offsetMs);

export async function run(options: BenchOptions = PLAIN_RUN): Promise<string[]> {
  const workloads = sized(options, { smoke: 500, plain: 5_000, full: 5_000 });
  const [graph, plain, asking, idle] = await Promise.all([
    startHelper<object, ServerStats>("graph-server", [String(workloads)], statsSchema),
    startHelper<object, object>("plain-server", [], z.object({})),
    startHelper<AskJob, z.infer<typeof answersSchema>>("asker", [], answersSchema),
    startHelper<object, { latestMs: number }>("idle-server", [], z.object({ latestMs: z.number() })),
  ]);
  try {
    const paths = await queries(graph.port);
    const ask = (port: number, of: readonly string[], together: boolean) =>
      asking.run({ port, paths: [...of], together });
    // Asked for twice, they are kept warm.
    for (let i = 0; i < 2; i++) await ask(graph.port, paths, true);
    await sleep(3_000);
    await plain.run({ port: graph.port, paths });
    await ask(plain.port, paths, true);
    const before = await graph.run({});
    await idle.run({});
    const began = Date.now();
    const first: number[] = [];
    const control: number[] = [];
    const whole: number[] = [];
    const same: number[] = [];
    let bytes = 0;
    for (let slot = 0; slot < sized(options, { smoke: 1, plain: 4, full: 12 }); slot++) {
      for (const offset of [0, 300, 1_200, 3_500]) {
        if (offset === 0) await untilSlot(5);
        else await sleep(offset - (Date.now() % 10_000));
        const all = await ask(graph.port, paths, true);
        if (all.some(({ status }) => status !== 200)) throw new Error("a query was not answered");
        first.push(...all.map(({ firstMs }) => firstMs));
        control.push(...(await ask(plain.port, paths, true)).map(({ firstMs }) => firstMs));
        for (const { lastMs, bytes: size } of await ask(graph.port, [WHOLE], false)) {
          whole.push(lastMs);
          bytes = size;
        }
        same.push(...(await ask(plain.port, [WHOLE], false)).map(({ lastMs }) => lastMs));
      }
    }
    const after = await graph.run({});
    const { latestMs: idleMs } = await idle.run({});
    const seconds = (Date.now() - began) / 1000;
    const perRound = (after.computations - before.computations) / Math.max(1, after.snapshots - before.snapshots);
    const p95 = quantile(first, 0.95);
    // Where a server that only writes is late, others have the processors, and no time of this run means anything.
    const isBusy = quantile(control, 0.95) > FIRST_BYTE_MS;
    const unlessBusy = (line: string): string => (isBusy ? line.replace(" SHORT ", " NOISY ") : line);
    const size = Math.round((MAX_BYTES * after.edges) / 20_000);
    return [
      timeVerdict(
        "graph-viewers",
        FIRST_BYTE_MS,
        { figure: p95, control: quantile(control, 0.95) },
        `first byte p95 of ${paths.length} queries at once, ${after.edges} edges; median ${median(first).toFixed(1)} ms`,
      ),
      unlessBusy(
        ratioLine(
          {
            name: "graph-last-byte",
            ratio: median(whole) / median(same),
            goal: 3,
            want: "atMost",
            why: `whole summary ${median(whole).toFixed(1)} ms, a server that writes the same ${median(same).toFixed(1)} ms`,
          },
          options,
        ),
      ),
      countLine("graph-viewers-size", bytes, size, "B", `whole summary of ${after.edges} edges`),
      unlessBusy(
        timeVerdict(
          "graph-loop",
          LOOP_MS,
          { figure: after.latestMs, control: idleMs },
          `the loop at its latest; steps hold it ${after.longestStepMs.toFixed(1)} ms at most`,
        ),
      ),
      noteLine(
        "graph-viewers",
        `${after.snapshots - before.snapshots} snapshots in ${seconds.toFixed(0)} s, ${perRound.toFixed(1)} answers from each; ${after.series} series, resident ${(after.rssBytes / 1e6).toFixed(0)} MB, the bench's own series in it`,
      ),
    ];
  } finally {
    await Promise.all([graph, plain, asking, idle].map((helper) => helper.stop()));
  }
}
