/**
 * The map in a browser at 1,000 nodes and 4,000 edges: frames while all of them move, against an SVG drawing of the same
 * graph on the same page; and how long the layout takes in its worker. Needs Chromium, else skipped.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { chromium, type Page } from "playwright";
import { z } from "zod";
import { median, noteLine, ratioLine, skipLine, timeVerdict } from "./line.ts";
import { type BenchOptions, PLAIN_RUN, sized } from "./options.ts";

const WORKLOADS = 1_000;
const FASTER = 3;
const SETTLED_MS = 3_000;
const CHROMIUM = process.env["MESHSCOPE_CHROMIUM"] ?? "/usr/bin/chromium";
const OUT = ".build/graph-frames";

const framesSchema = z.array(z.object({ canvas: z.number(), all: z.number(), svg: z.number() }));

async function bundle(): Promise<void> {
  const { build } = await import("esbuild");
  await build({
    entryPoints: ["bench/graph/frames-page.ts", "components/canvas/layout.worker.ts"],
    entryNames: "[name]",
    outdir: OUT,
    bundle: true,
    format: "iife",
    logLevel: "error",
  });
}

/** The page and its worker, on loopback: a worker is not started from a file. */
async function serve() {
  const server = createServer((request, response) => {
    const name = /^\/([\w.-]+\.js)$/.exec(request.url ?? "")?.[1];
    if (name === undefined) {
      response.setHeader("content-type", "text/html");
      response.end('<!doctype html><body style="margin:0"><script src="frames-page.js"></script>');
      return;
    }
    readFile(join(OUT, name)).then(
      (script) => {
        response.setHeader("content-type", "text/javascript");
        response.end(script);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/`, stop: () => server.close() };
}

async function measure(page: Page, options: BenchOptions): Promise<string[]> {
  const rounds = sized(options, { smoke: 2, plain: 3, full: 7 });
  const ms = sized(options, { smoke: 1_500, plain: 3_000, full: 5_000 });
  const number = async (script: string): Promise<number> => z.number().parse(await page.evaluate(script));
  const layouts: number[] = [];
  const controls: number[] = [];
  for (let round = 0; round < rounds; round++) {
    controls.push(await number("benchControlMs()"));
    layouts.push(await number(`benchLayoutMs(${WORKLOADS})`));
  }
  const found = framesSchema.parse(await page.evaluate(`benchFrames(${WORKLOADS}, ${rounds}, ${ms})`));
  const [canvas, svg] = [median(found.map((one) => one.canvas)), median(found.map((one) => one.svg))];
  const ratio = median(found.map((one) => one.canvas / one.svg));
  const whole = found.map((one) => (one.all / one.svg).toFixed(1));
  const graph = `${WORKLOADS} nodes and ${WORKLOADS * 4} edges`;
  const timed = { figure: median(layouts), control: median(controls) };
  return [
    ratioLine(
      {
        name: "graph-frames",
        ratio,
        goal: FASTER,
        want: "atLeast",
        why: `${graph} all moving, within the map's budget of elements: ${canvas.toFixed(1)} frames/s on canvas, ${svg.toFixed(1)} as SVG`,
      },
      options,
    ),
    timeVerdict("graph-layout", SETTLED_MS, timed, `${graph} from scratch in the worker`),
    noteLine("graph-frames", `all lines and marks without the map's budget: ${whole.join("x, ")}x`),
  ];
}

export async function run(options: BenchOptions = PLAIN_RUN): Promise<string[]> {
  if (!existsSync(CHROMIUM)) return [skipLine("graph-frames", `>=${FASTER}x`, `needs Chromium at ${CHROMIUM}`)];
  await bundle();
  const page = await serve();
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  try {
    const tab = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await tab.goto(page.url);
    return await measure(tab, options);
  } finally {
    await browser.close();
    page.stop();
  }
}
