/**
 * meshscope.yaml + environment + flags → Config, or one error that names the setting and where it stands. Nothing is
 * opened or made here. Precedence: flag > environment > file > default. Relative paths are relative to the file.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type Document, LineCounter, type ParsedNode, parseDocument } from "yaml";
import type { z } from "zod";
import { err, ok, type Result } from "../../lib/base/result.ts";
import { authOf } from "./auth.ts";
import type { AliasConfig, Config, ScrapeJob } from "./config.ts";
import { controlOf, nameTwice } from "./control.ts";
import { keptFault, keptOf, LOOPBACK, storeOf } from "./kept.ts";
import { type FileConfig, fileSchema, SCALAR_PATHS, scalarValue } from "./schema.ts";
import { positionIn } from "./yaml-position.ts";

export interface ConfigError {
  readonly code:
    | "config_unreadable"
    | "config_syntax"
    | "config_unknown_key"
    | "config_invalid"
    | "exposed_without_auth"
    | "flag_unknown";
  readonly message: string;
}

export interface ConfigInputs {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

const DEFAULT_FILE = "meshscope.yaml";
const MAX_SCRAPE_TIMEOUT_MS = 10_000;
const MIN_INTERVAL_MS = 1000;

/** `listen.otlpGrpc` → `MESHSCOPE_LISTEN_OTLP_GRPC`. */
export function environmentName(path: readonly string[]): string {
  return `MESHSCOPE_${path.map((part) => part.replace(/([A-Z])/g, "_$1").toUpperCase()).join("_")}`;
}

interface Flags {
  readonly file: string | undefined;
  readonly values: ReadonlyMap<string, string>;
}

function parseFlags(argv: readonly string[]): Result<Flags, ConfigError> {
  const values = new Map<string, string>();
  const known = new Set(["config", ...SCALAR_PATHS.map((path) => path.join("."))]);
  for (let i = 0; i < argv.length; i++) {
    const match = /^--([A-Za-z.]+)(?:=([\s\S]*))?$/.exec(argv[i] ?? "");
    const name = match?.[1];
    if (name === undefined || !known.has(name)) {
      const message = `unknown argument ${argv[i]}; known: ${[...known].map((flag) => `--${flag}`).join(", ")}`;
      return err({ code: "flag_unknown", message });
    }
    const value = match?.[2] ?? argv[++i];
    if (value === undefined) return err({ code: "flag_unknown", message: `--${name} needs a value` });
    values.set(name, value);
  }
  return ok({ file: values.get("config"), values });
}

interface ParsedFile {
  readonly path: string;
  readonly document: Document<ParsedNode> | null;
  readonly lines: LineCounter;
}

function readFile(named: string | undefined, cwd: string): Result<ParsedFile, ConfigError> {
  const path = resolve(cwd, named ?? DEFAULT_FILE);
  const lines = new LineCounter();
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (missing && named === undefined) return ok({ path, document: null, lines });
    return err({
      code: "config_unreadable",
      message: `cannot read ${path}: ${error instanceof Error ? error.message : error}`,
    });
  }
  const document = parseDocument<ParsedNode, true>(text, { lineCounter: lines });
  const problem = document.errors[0];
  if (problem !== undefined) return err({ code: "config_syntax", message: `${path}: ${problem.message}` });
  return ok({ path, document, lines });
}

/** Line and column of a setting, or of the key inside it; of a setting that is missing, of the nearest that holds it. */
function position(file: ParsedFile, path: readonly PropertyKey[], key?: string): string {
  const position = positionIn(file.document, file.lines, path, key);
  return position === undefined ? file.path : `${file.path}:${position.line}:${position.col}`;
}

function issueError(file: ParsedFile, issue: z.core.$ZodIssue): ConfigError {
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0] ?? "";
    const name = [...issue.path, key].join(".");
    return { code: "config_unknown_key", message: `${position(file, issue.path, key)}: unknown key \`${name}\`` };
  }
  const nested = issue.code === "invalid_union" ? issue.errors.flat()[0] : undefined;
  const message = nested?.message ?? issue.message;
  return { code: "config_invalid", message: `${position(file, issue.path)}: \`${issue.path.join(".")}\`: ${message}` };
}

function overlay(file: ParsedFile, flags: Flags, env: ConfigInputs["env"]): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...(file.document?.toJS() ?? {}) };
  for (const path of SCALAR_PATHS) {
    const text = flags.values.get(path.join(".")) ?? env[environmentName(path)];
    if (text === undefined) continue;
    const [first = "", second] = path;
    const value = scalarValue(path, text);
    const inner = merged[first];
    merged[first] = second === undefined ? value : { ...(typeof inner === "object" ? inner : {}), [second]: value };
  }
  return merged;
}

function jobOf(job: FileConfig["scrape"][number]): ScrapeJob {
  return {
    name: job.name,
    mesh: job.mesh,
    intervalMs: job.interval,
    timeoutMs: Math.min(job.interval, MAX_SCRAPE_TIMEOUT_MS),
    bodyLimitBytes: job.bodyLimit,
    sampleLimit: job.sampleLimit,
    targets: job.targets.map((target) =>
      typeof target === "string"
        ? { url: target, labels: job.labels }
        : { url: target.url, labels: { ...job.labels, ...target.labels } },
    ),
    names: {
      clusters: new Map(Object.entries(job.names.clusters)),
      namespaces: new Map(Object.entries(job.names.namespaces)),
    },
  };
}

function aliasOf({ host, cluster, namespace, service }: FileConfig["aliases"][number]): AliasConfig {
  return {
    host,
    ...(cluster === undefined ? {} : { cluster }),
    ...(namespace === undefined ? {} : { namespace }),
    service,
  };
}

function checkMeaning(file: ParsedFile, parsed: FileConfig): ConfigError | undefined {
  const { host } = parsed.listen;
  if (!LOOPBACK.test(host) && parsed.auth.mode === "none") {
    const message = `${position(file, ["listen", "host"])}: \`listen.host\` ${host} is not loopback, and auth.mode none serves loopback only: set auth.mode to token; receivers follow listen.ingestHost`;
    return { code: "exposed_without_auth", message };
  }
  const twice = nameTwice(parsed.control);
  if (twice !== undefined) {
    const at = position(file, twice.path);
    const message = `${at}: \`${twice.path.join(".")}\`: two control planes are called ${twice.name}`;
    return { code: "config_invalid", message };
  }
  const kept = keptFault(parsed);
  if (kept !== undefined) {
    const at = position(file, kept.path);
    return { code: "config_invalid", message: `${at}: \`${kept.path.join(".")}\` ${kept.message}` };
  }
  const names = new Set<string>();
  for (const [index, job] of parsed.scrape.entries()) {
    const at = position(file, ["scrape", index]);
    if (job.interval < MIN_INTERVAL_MS)
      return { code: "config_invalid", message: `${at}: \`scrape.${index}.interval\` is below 1s` };
    if (names.has(job.name))
      return { code: "config_invalid", message: `${at}: \`scrape.${index}.name\` ${job.name} stands twice` };
    names.add(job.name);
  }
  const hosts = new Set<string>();
  for (const [index, { host }] of parsed.aliases.entries()) {
    const at = position(file, ["aliases", index, "host"]);
    if (hosts.has(host.toLowerCase()))
      return { code: "config_invalid", message: `${at}: \`aliases.${index}.host\` ${host} stands twice` };
    hosts.add(host.toLowerCase());
  }
  return undefined;
}

export function loadConfig({ argv, env, cwd }: ConfigInputs): Result<Config, ConfigError> {
  const flags = parseFlags(argv);
  if (!flags.ok) return flags;
  const file = readFile(flags.value.file ?? env["MESHSCOPE_CONFIG"], cwd);
  if (!file.ok) return file;
  const content = file.value.document?.toJS() ?? {};
  if (content === null || typeof content !== "object" || Array.isArray(content)) {
    return err({ code: "config_invalid", message: `${file.value.path}: the file is not a map of settings` });
  }
  const parsed = fileSchema.safeParse(overlay(file.value, flags.value, env));
  if (!parsed.success) {
    const issues = parsed.error.issues;
    const first = issues.find((issue) => issue.code === "unrecognized_keys") ?? issues[0];
    if (first === undefined) return err({ code: "config_invalid", message: file.value.path });
    return err(issueError(file.value, first));
  }
  const problem = checkMeaning(file.value, parsed.data);
  if (problem !== undefined) return err(problem);
  const { listen, data, store, simulated, hosts, scrape, aliases } = parsed.data;
  const folder = dirname(file.value.path);
  return ok({
    ...{ listen, dataFolder: resolve(folder, data), store: storeOf(store, folder), simulated, hosts },
    ...keptOf(parsed.data, folder),
    auth: authOf(parsed.data.auth),
    control: controlOf(parsed.data.control, folder),
    scrape: scrape.map(jobOf),
    aliases: aliases.map(aliasOf),
  });
}
