/**
 * A helper process of a bench: `bench-child.mjs <role>`. In: jobs as messages. Out: `ready` with its port (0: none), then
 * `done` with each job's result. It ends with its parent.
 */
import { Registry } from "prom-client";
import { watchEventLoop } from "../collector/telemetry/event-loop.ts";
import { asker, servePlain } from "./graph/asker.ts";
import { idleServer, serveGraph } from "./graph/graph-server.ts";
import { loadJobSchema } from "./load/job.ts";
import { load } from "./load/load.ts";
import { serveDiscard } from "./processes/discard-server.ts";
import { serveIstio } from "./processes/istio-targets.ts";
import { servePage } from "./processes/scrape-page.ts";

interface Role {
  readonly port: number;
  run(job: unknown): Promise<unknown>;
}

function idleLoop(): Role {
  const registry = new Registry();
  watchEventLoop(registry);
  return { port: 0, run: () => registry.metrics() };
}

const ROLES: Readonly<Record<string, (args: readonly string[]) => Role | Promise<Role>>> = {
  load: () => ({ port: 0, run: (job) => load(loadJobSchema.parse(job)) }),
  discard: async ([kind = ""]) => ({ port: await serveDiscard(kind), run: async () => ({}) }),
  "idle-loop": idleLoop,
  "scrape-page": async ([series = "", encoding = ""]) => ({
    port: await servePage(Number(series), encoding === "gzip"),
    run: async () => ({}),
  }),
  "graph-server": ([workloads = "", length = ""]) => serveGraph(Number(workloads), length === "short"),
  "plain-server": () => servePlain(),
  asker: () => asker(),
  "idle-server": () => idleServer(),
  "istio-targets": async ([workloads = "", callees = ""]) => ({
    port: await serveIstio({ workloads: Number(workloads), callees: Number(callees) }),
    run: async () => ({}),
  }),
};

const [name = "", ...args] = process.argv.slice(2);
const role = await ROLES[name]?.(args);
if (role === undefined) throw new Error(`no role called ${name}`);
process.on("message", async (job) => {
  process.send?.({ type: "done", result: await role.run(job) });
});
process.on("disconnect", () => process.exit(0));
process.send?.({ type: "ready", port: role.port });
