// What runs: the collector alone, collector + UI, or both with the simulated estate in front.
import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildCollector, buildUi, bundle, COLLECTOR_ENTRIES, NEXT_ENV } from "./build.mjs";
import { Family, Stopped } from "./children.mjs";
import { buildFolder, root } from "./paths.mjs";
import { preferPort } from "./ports.mjs";

/** Where the API of the first demo is. */
const API_PORT = 4320;
const UI_RUNNER = join(root, "collector/launch/ui.mjs");

function say(line) {
  process.stdout.write(`${line}\n`);
}

async function startCollector(family, args, env = {}) {
  const child = family.start("collector", join(buildFolder, "collector.mjs"), args, { env });
  const ready = await family.message(child, "ready");
  return { child, ready };
}

async function startUi(family, { host, port, env, dev }) {
  const args = dev ? ["dev", "-p", String(port), "-H", host] : ["start", "-p", String(port), "-H", host];
  family.start("UI", UI_RUNNER, args, { ui: true, env: { ...NEXT_ENV, ...env } });
  const url = `http://${host}:${port}`;
  for (let attempt = 0; attempt < 300; attempt++) {
    if (family.exitCode !== 0) throw new Stopped(family.exitCode);
    const up = await fetch(`${url}/healthz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (up) return url;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the UI did not answer within 30 s");
}

export async function runCollector(args) {
  await buildCollector();
  const family = new Family();
  const { ready } = await startCollector(family, args);
  say(`Meshscope collector is ready: API ${ready.urls.api}, OTLP ${ready.urls.otlpHttp}, Zipkin ${ready.urls.zipkin}`);
  await family.finish();
}

/** Ends by itself: what is exported is what the folder holds. */
export const runExport = (args) => runToEnd("export.mjs", args);

/** `rollout` and `audit`: the console's buttons on a command line. */
export const runCommand = (args) => runToEnd("cli.mjs", args);

async function runToEnd(entry, args) {
  await buildCollector();
  const child = spawn(process.execPath, ["--enable-source-maps", join(buildFolder, entry), ...args], {
    stdio: "inherit",
  });
  process.exitCode = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

/** What was started is stopped when the rest fails: a child would go on alone. */
async function together(work) {
  const family = new Family();
  try {
    await work(family);
  } catch (error) {
    await family.stop();
    throw error;
  }
  await family.finish();
}

export async function runStart(args) {
  await buildCollector();
  await buildUi();
  await together((family) => startAll(family, args));
}

async function startAll(family, args) {
  const { ready } = await startCollector(family, args);
  const port = ready.ui.port === 0 ? await preferPort(0) : ready.ui.port;
  const url = await startUi(family, { host: ready.ui.host, port, env: { MESHSCOPE_API_URL: ready.urls.api } });
  say(`Meshscope is ready: ${url}`);
}

/** Two demos at a time have a folder each: no two of them have one port. Only the first's outlives it. */
function demoFolder(apiPort) {
  const named = process.env.MESHSCOPE_DEMO_FOLDER || undefined;
  const isKept = named !== undefined || apiPort === String(API_PORT);
  const folder = named ?? join(buildFolder, isKept ? "demo" : `demo-${apiPort}`);
  if (!isKept) process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** JSON is YAML; the file is left in place so that a reader can see what the demo runs with. */
function writeDemoConfig({ jobs, aliases, control, rollouts }, apiPort) {
  const folder = demoFolder(apiPort);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "meshscope.yaml");
  mkdirSync(join(folder, "rollouts"));
  for (const rollout of rollouts) {
    writeFileSync(join(folder, "rollouts", `${rollout.id}.yaml`), JSON.stringify(rollout, null, 2));
  }
  const planes = { ...control, flaggerGateUrl: `http://127.0.0.1:${apiPort}`, definitions: "./rollouts" };
  const config = { simulated: "Simulated estate", data: "./data", scrape: jobs, aliases, control: planes };
  writeFileSync(path, JSON.stringify(config, null, 2));
  return path;
}

async function demoListenFlags(args) {
  const given = new Set(args.map((arg) => arg.split("=")[0]));
  const flags = [];
  for (const [name, port] of Object.entries({
    otlpGrpc: 4317,
    otlpHttp: 4318,
    zipkin: 9411,
    api: API_PORT,
    ui: 3000,
  })) {
    if (!given.has(`--listen.${name}`)) flags.push(`--listen.${name}=${await preferPort(port)}`);
  }
  return flags;
}

/** Flagger has to be told where its gates are before the collector listens: a port that is left to chance is drawn here. */
async function withApiPort(args) {
  const drawn = [];
  for (const arg of args) drawn.push(arg === "--listen.api=0" ? `--listen.api=${await preferPort(0)}` : arg);
  return drawn;
}

/** App Mesh's client signs what it sends, and does not send without a key; the simulated API asks for none. */
const DEMO_KEYS = {
  AWS_ACCESS_KEY_ID: "simulated",
  AWS_SECRET_ACCESS_KEY: "simulated",
  AWS_SESSION_TOKEN: "",
  AWS_PROFILE: "",
  AWS_EC2_METADATA_DISABLED: "true",
};

const GATE = /type: (\S+)\n\s+url: (\S+)/g;

/** The webhooks that Meshscope says the simulated Canary needs, put into it as a person would. */
async function openGates(demo, api) {
  const { rollouts } = await (await fetch(`${api}/api/v1/rollouts`)).json();
  const found = rollouts?.find(({ owner }) => owner.kind === "flagger");
  if (found === undefined) return;
  const detail = await (await fetch(`${api}/api/v1/rollouts/${encodeURIComponent(found.id)}`)).json();
  const texts = (detail.owned?.setup ?? []).map(({ text }) => text);
  const urls = Object.fromEntries(
    texts.flatMap((text) => [...text.matchAll(GATE)].map(([, type, url]) => [type, url])),
  );
  demo.send({ type: "gates", urls });
}

/** The rollouts that wait for a person, one for each mesh: a definition that is read is not started by itself. */
async function startRollouts({ rollouts }, api) {
  for (const rollout of rollouts) {
    const answer = await fetch(`${api}/api/v1/rollouts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(rollout),
    });
    if (!answer.ok) say(`the rollout of ${rollout.service} was refused: ${await answer.text()}`);
  }
}

async function startDemo(family, args, demoArgs) {
  const demo = family.start("simulated estate", join(buildFolder, "demo.mjs"), demoArgs, { quiet: true });
  const estate = await family.message(demo, "ready");
  const flags = [...(await demoListenFlags(args)), ...(await withApiPort(args))];
  const api = flags.findLast((flag) => flag.startsWith("--listen.api="));
  const config = writeDemoConfig(estate, api?.split("=")[1]);
  const { ready } = await startCollector(family, ["--config", config, ...flags], DEMO_KEYS);
  await startRollouts(estate, ready.urls.api);
  await openGates(demo, ready.urls.api);
  demo.send({ type: "collector", otlpHttp: ready.urls.otlpHttp, zipkin: ready.urls.zipkin });
  return { estate, ready };
}

function splitArgs(args) {
  const seed = args.findIndex((arg) => arg.startsWith("--seed"));
  const demoArgs = seed === -1 ? [] : args.splice(seed, args[seed]?.includes("=") ? 1 : 2);
  return { demoArgs, noUi: args.includes("--no-ui"), rest: args.filter((arg) => arg !== "--no-ui") };
}

export async function runDemo(args, { dev = false } = {}) {
  const { demoArgs, noUi, rest } = splitArgs([...args]);
  await buildCollector();
  if (!noUi && !dev) await buildUi();
  if (dev) await bundle(COLLECTOR_ENTRIES);
  await together((family) => startEstate(family, { rest, demoArgs, noUi, dev }));
}

async function startEstate(family, { rest, demoArgs, noUi, dev }) {
  const { estate, ready } = await startDemo(family, rest, demoArgs);
  const env = { MESHSCOPE_API_URL: ready.urls.api, MESHSCOPE_DEMO_URL: estate.controlUrl };
  const port = ready.ui.port === 0 && !noUi ? await preferPort(0) : ready.ui.port;
  const url = noUi ? null : await startUi(family, { host: ready.ui.host, port, env, dev });
  process.send?.({ type: "ready", url, api: ready.urls.api, controlUrl: estate.controlUrl, urls: ready.urls });
  say(`\nMeshscope is ready, with a simulated estate.\n`);
  if (url !== null) say(`  UI         ${url}`);
  say(`  API        ${ready.urls.api}/api/v1/graph`);
  say(`  OTLP/HTTP  ${ready.urls.otlpHttp}/v1/traces`);
  say(`  Zipkin     ${ready.urls.zipkin}/api/v2/spans`);
  say(`  incidents  ${estate.controlUrl}/incidents\n`);
  say("Ctrl-C stops everything.");
}
