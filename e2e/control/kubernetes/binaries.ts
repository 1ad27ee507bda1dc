/**
 * Finds a Kubernetes API server with its etcd, or gets them: etcd from Debian's package (unpacked, not installed), the
 * servers built from their Go modules. Building takes minutes, so it is done only where it is asked for
 * (`MESHSCOPE_KUBERNETES=build`: `npm test -- kubernetes-full`); otherwise what the cache holds is used.
 *
 * In: `MESHSCOPE_KUBERNETES` (`off` means none), `XDG_CACHE_HOME`, Go, apt-get and dpkg. Out: executables, or the reason why
 * there are none, for a loud skip. `kube-apiserver` has pods, Services, rights and reviews of them; the smaller
 * `apiextensions-apiserver` has custom resources alone.
 */
import { access, constants, mkdir, readdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { run, type Skip } from "../../real/envoy/binary.ts";
import { cached, fillCache } from "../cache.ts";

export type ServerKind = "kube-apiserver" | "apiextensions-apiserver";

export interface KubernetesBinaries {
  readonly kind: ServerKind;
  readonly server: string;
  readonly etcd: string;
}

const ETCD = "etcd-debian";
const KUBERNETES = "v1.37.2";
const LIBRARIES = "v0.37.2";
const FETCH_TIMEOUT_MS = 180_000;
const BUILD_TIMEOUT_MS = 3_600_000;

export const isThere = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

async function unpackEtcd(scratch: string, site: string): Promise<Skip | undefined> {
  const download = () => run("sh", ["-c", 'cd "$0" && apt-get download -q etcd-server', scratch], FETCH_TIMEOUT_MS);
  let ran = await download();
  if (!ran.ok) {
    await run("apt-get", ["update", "-q"], FETCH_TIMEOUT_MS);
    ran = await download();
  }
  const packed = (await readdir(scratch)).find((name) => name.endsWith(".deb"));
  if (!ran.ok || packed === undefined) return { skip: `apt-get cannot fetch etcd-server: ${ran.text.slice(-200)}` };
  const unpacked = await run("dpkg", ["-x", join(scratch, packed), site], FETCH_TIMEOUT_MS);
  return unpacked.ok ? undefined : { skip: `dpkg cannot unpack etcd-server: ${unpacked.text.slice(-200)}` };
}

async function findEtcd(): Promise<string | Skip> {
  const path = join(await cached(ETCD), "usr/bin/etcd");
  if (await isThere(path)) return path;
  const failed = await fillCache(ETCD, unpackEtcd);
  return failed ?? ((await isThere(path)) ? path : { skip: "Debian's package has no etcd" });
}

/** Go where it is in the path, or where its own installer puts it. */
export async function findGo(): Promise<string | undefined> {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/local/go/bin"];
  for (const folder of folders) if (folder !== "" && (await isThere(join(folder, "go")))) return join(folder, "go");
  return undefined;
}

interface Module {
  /** The package that is built. */
  readonly main: string;
  readonly requires: string;
  /** Lines of go.mod. */
  readonly replace: string;
}

/** `k8s.io/kubernetes` asks for its own libraries at v0.0.0: the same release has them under versions of their own. */
async function stagedOf(go: string, requires: string): Promise<string | Skip> {
  const ran = await run(go, ["mod", "download", "-json", requires], FETCH_TIMEOUT_MS);
  const file = /"GoMod":\s*"([^"]+)"/.exec(ran.text)?.[1];
  if (!ran.ok || file === undefined) return { skip: `go cannot fetch ${requires}: ${ran.text.slice(-300)}` };
  const read = await run("cat", [file], FETCH_TIMEOUT_MS);
  const staged = [...read.text.matchAll(/(k8s\.io\/[\w.-]+) v0\.0\.0(?:\s|$)/gm)].map((match) => match[1] ?? "");
  return [...new Set(staged)].map((one) => `replace ${one} => ${one} ${LIBRARIES}\n`).join("");
}

async function moduleOf(go: string, kind: ServerKind): Promise<Module | Skip> {
  if (kind === "apiextensions-apiserver")
    return {
      main: "k8s.io/apiextensions-apiserver",
      requires: `k8s.io/apiextensions-apiserver@${LIBRARIES}`,
      replace: "",
    };
  const requires = `k8s.io/kubernetes@${KUBERNETES}`;
  const replace = await stagedOf(go, requires);
  return typeof replace === "string" ? { main: "k8s.io/kubernetes/cmd/kube-apiserver", requires, replace } : replace;
}

/** Builds into `site/bin`. */
export async function buildGo(
  go: string,
  { main, requires, replace }: Module,
  [scratch, site]: [string, string],
  name: string,
) {
  const [path = "", version = ""] = requires.split("@");
  const [, minor = "1.26"] = /go(\d+\.\d+)/.exec((await run(go, ["version"], FETCH_TIMEOUT_MS)).text) ?? [];
  await writeFile(join(scratch, "go.mod"), `module scratch\n\ngo ${minor}\n\nrequire ${path} ${version}\n\n${replace}`);
  await mkdir(join(site, "bin"), { recursive: true });
  // What it says of its version is read by others.
  const says = `-s -w -X k8s.io/component-base/version.gitVersion=${KUBERNETES}`;
  const build = `cd "$0" && GOFLAGS=-mod=mod GOTOOLCHAIN=local "$1" build -ldflags "${says}" -o "$2" "$3"`;
  const ran = await run("sh", ["-c", build, scratch, go, join(site, "bin", name), main], BUILD_TIMEOUT_MS);
  return ran.ok ? undefined : { skip: `go cannot build ${main}: ${ran.text.slice(-400)}` };
}

async function findServer(kind: ServerKind, mayBuild: boolean): Promise<string | Skip> {
  const name = `${kind}-${KUBERNETES}-1`;
  const path = join(await cached(name), "bin", kind);
  if (await isThere(path)) return path;
  if (!mayBuild)
    return { skip: `no ${kind} in the cache; \`npm test -- kubernetes-full\` builds it, which takes minutes` };
  const go = await findGo();
  if (go === undefined) return { skip: `there is no Go to build ${kind} with` };
  const module = await moduleOf(go, kind);
  if ("skip" in module) return module;
  const failed = await fillCache(name, (scratch, site) => buildGo(go, module, [scratch, site], kind));
  return failed ?? path;
}

/** The fullest server that can be had. */
export async function findKubernetes(): Promise<KubernetesBinaries | Skip> {
  const wish = process.env["MESHSCOPE_KUBERNETES"] ?? "";
  if (wish === "off") return { skip: "MESHSCOPE_KUBERNETES=off" };
  const reasons: string[] = [];
  for (const kind of ["kube-apiserver", "apiextensions-apiserver"] as const) {
    const server = await findServer(kind, wish === "build");
    if (typeof server !== "string") {
      reasons.push(server.skip);
      continue;
    }
    const etcd = await findEtcd();
    return typeof etcd === "string" ? { kind, server, etcd } : etcd;
  }
  return { skip: reasons.join("; ") };
}
