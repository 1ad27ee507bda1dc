/**
 * Finds the controllers of Argo Rollouts and Flagger, or builds them from their Go modules where building is asked for
 * (`MESHSCOPE_KUBERNETES=build`). In: which one; out: an executable that takes `-kubeconfig` and `-namespace` flags of its own
 * making, or the reason why there is none, for a loud skip. They need their real custom resources, which nobody ships here.
 */
import { join } from "node:path";
import { run, type Skip } from "../../real/envoy/binary.ts";
import { cached, fillCache } from "../cache.ts";
import { buildGo, findGo, isThere } from "./binaries.ts";

export type ControllerKind = "rollouts-controller" | "flagger";

interface Source {
  readonly module: string;
  readonly version: string;
  readonly main: string;
}

/** The newest that the module proxy has and that Go 1.26.8 takes. */
const SOURCES: Readonly<Record<ControllerKind, Source>> = {
  "rollouts-controller": {
    module: "github.com/argoproj/argo-rollouts",
    version: "v1.8.5",
    main: "cmd/rollouts-controller",
  },
  flagger: { module: "github.com/fluxcd/flagger", version: "v1.36.1", main: "cmd/flagger" },
};

const FETCH_TIMEOUT_MS = 180_000;

/** Replacements of a module do not hold in ours: they are repeated. */
async function replacementsOf(go: string, { module, version }: Source): Promise<readonly string[] | Skip> {
  const ran = await run(go, ["mod", "download", "-json", `${module}@${version}`], FETCH_TIMEOUT_MS);
  const file = /"GoMod":\s*"([^"]+)"/.exec(ran.text)?.[1];
  if (!ran.ok || file === undefined) return { skip: `go cannot fetch ${module}: ${ran.text.slice(-300)}` };
  const read = await run("cat", [file], FETCH_TIMEOUT_MS);
  return [...read.text.matchAll(/^\s*(?:replace )?(\S+) (?:v\S+ )?=> (\S+ v\S+)/gm)].map(
    (match) => `replace ${match[1]} => ${match[2]}\n`,
  );
}

export async function findController(kind: ControllerKind): Promise<string | Skip> {
  const source = SOURCES[kind];
  const name = `${kind}-${source.version}`;
  const path = join(await cached(name), "bin", kind);
  if (await isThere(path)) return path;
  if (process.env["MESHSCOPE_KUBERNETES"] !== "build") return { skip: `no ${kind} in the cache` };
  const go = await findGo();
  if (go === undefined) return { skip: `there is no Go to build ${kind} with` };
  const replaced = await replacementsOf(go, source);
  if ("skip" in replaced) return replaced;
  const module = {
    main: `${source.module}/${source.main}`,
    requires: `${source.module}@${source.version}`,
    replace: replaced.join(""),
  };
  const failed = await fillCache(name, (scratch, site) => buildGo(go, module, [scratch, site], kind));
  return failed ?? path;
}
