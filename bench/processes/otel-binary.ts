/**
 * An OpenTelemetry Collector to measure against: found, or built by its own builder (ocb) from Go modules into a cache
 * outside the project. In: `MESHSCOPE_OTELCOL` (a binary; `off` means none), `XDG_CACHE_HOME`, and for building a Go
 * toolchain. Out: the binary and the connectors that it has, or the reason why there is none.
 *
 * It gets the OTLP receiver, the connectors that make metrics and a graph of spans, and an exporter that throws away: the
 * least it can do. Where the module of the graph's connector is not to be had it is built without, which asks less of it.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

export interface OtelBinary {
  readonly path: string;
  readonly connectors: readonly string[];
}
export interface Skip {
  readonly skip: string;
}

const CORE = "v0.165.0";
const CONFMAP = "v1.71.0";
const CONTRIB = "v0.165.1";
const CONTRIB_MODULE = "github.com/open-telemetry/opentelemetry-collector-contrib/connector";
const BUILD_TIMEOUT_MS = 540_000;
/** The whole wish first. */
const WISHES = [["spanmetrics", "servicegraph"], ["spanmetrics"]] as const;

function cacheFolder(): string {
  const configured = process.env["XDG_CACHE_HOME"] ?? "";
  return join(configured === "" ? join(homedir(), ".cache") : configured, "meshscope");
}

const cached = (connectors: readonly string[]): string =>
  join(cacheFolder(), `otelcol-${CORE.slice(1)}-${connectors.join("-")}`);

/** Versions of other machines' Go are where its installer puts them. */
const env = { ...process.env, PATH: [process.env["PATH"], "/usr/local/go/bin"].join(delimiter) };

function run(file: string, args: readonly string[], cwd: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { cwd, env: { ...env, GOBIN: cwd }, timeout: BUILD_TIMEOUT_MS, maxBuffer: 1 << 24 };
    execFile(file, [...args], options, (error, stdout, stderr) =>
      resolve(error === null ? undefined : `${stdout}${stderr}${error.message}`.trim().slice(-300)),
    );
  });
}

function manifest(connectors: readonly string[]): string {
  const modules = connectors.map((name) => `  - gomod: ${CONTRIB_MODULE}/${name}connector ${CONTRIB}`);
  return [
    "dist: {name: otelcol, output_path: ./dist}",
    "conf_resolver: {default_uri_scheme: file}",
    `receivers: [{gomod: go.opentelemetry.io/collector/receiver/otlpreceiver ${CORE}}]`,
    `exporters: [{gomod: go.opentelemetry.io/collector/exporter/nopexporter ${CORE}}]`,
    `providers: [{gomod: go.opentelemetry.io/collector/confmap/provider/fileprovider ${CONFMAP}}]`,
    "connectors:",
    ...modules,
    "",
  ].join("\n");
}

async function build(scratch: string): Promise<OtelBinary | Skip> {
  const installed = await run("go", ["install", `go.opentelemetry.io/collector/cmd/builder@${CORE}`], scratch);
  if (installed !== undefined) return { skip: `its builder cannot be had: ${installed}` };
  let because = "";
  for (const connectors of WISHES) {
    writeFileSync(join(scratch, "manifest.yaml"), manifest(connectors));
    rmSync(join(scratch, "dist"), { recursive: true, force: true });
    const failed = await run(join(scratch, "builder"), ["--config", "manifest.yaml"], scratch);
    if (failed === undefined) {
      const path = cached(connectors);
      renameSync(join(scratch, "dist/otelcol"), path);
      return { path, connectors };
    }
    because = failed;
  }
  return { skip: `it cannot be built: ${because}` };
}

/** Building takes a minute or more, so only who asks for it builds. */
export async function findOtelCollector(mayBuild: boolean): Promise<OtelBinary | Skip> {
  const named = process.env["MESHSCOPE_OTELCOL"] ?? "";
  if (named === "off") return { skip: "MESHSCOPE_OTELCOL=off" };
  if (named !== "") return { path: named, connectors: WISHES[0] };
  const there = WISHES.find((connectors) => existsSync(cached(connectors)));
  if (there !== undefined) return { path: cached(there), connectors: there };
  if (!mayBuild) return { skip: "it is not built here; `npm run bench -- otel-collector` builds it" };
  mkdirSync(cacheFolder(), { recursive: true });
  const scratch = mkdtempSync(join(cacheFolder(), "otelcol-"));
  try {
    return await build(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
