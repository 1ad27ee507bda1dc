/**
 * A Kubernetes API server of one test: etcd and the server on loopback, an authority of their own, the custom resources of
 * the meshes, and accounts: `admin` may do all; `reader`, where the server knows rights, may read alone. Stopped for good.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubernetesClient } from "../../../collector/actuators/kubernetes-client.ts";
import type { JsonObject } from "../../../lib/control/traffic/document.ts";
import { run } from "../../real/envoy/binary.ts";
import { listenFree } from "../../support/local-server.ts";
import { type Started, startChild } from "../child.ts";
import type { KubernetesBinaries } from "./binaries.ts";
import { DEFINITIONS } from "./crds.ts";

export interface KubernetesServer {
  readonly url: string;
  /** Of the admin: a client certificate and the server's authority. */
  readonly kubeconfig: string;
  readonly certificate: { readonly cert: string; readonly key: string };
  /** How an account of `ACCOUNTS` reaches the server, where it knows rights. It has those that it is given. */
  account(name: string): Promise<{ readonly url: string; readonly tokenFile: string; readonly caFile: string }>;
  /** May get, list and watch; where there are rights. */
  readonly reader?: { readonly url: string; readonly tokenFile: string; readonly caFile: string };
  readonly admin: KubernetesClient;
  /** The server alone ends and comes again: what it kept in memory for watches is gone. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const OPENSSL_TIMEOUT_MS = 20_000;
const READER_TOKEN = "reader-of-this-test";
/** Accounts with a token each, for tests to give rights to. */
export const ACCOUNTS = ["actor-0", "actor-1", "actor-2", "actor-3", "actor-4", "actor-5", "actor-6"];

async function freePort(): Promise<number> {
  const server = await listenFree(createServer());
  await server.close();
  return server.port;
}

async function openssl(folder: string, line: string): Promise<void> {
  const ran = await run("sh", ["-c", `cd "$0" && openssl ${line}`, folder], OPENSSL_TIMEOUT_MS);
  if (!ran.ok) throw new Error(`openssl ${line}: ${ran.text.slice(-300)}`);
}

const NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";

async function certify(folder: string): Promise<void> {
  await openssl(folder, `req -x509 ${NEW_KEY} -keyout ca.key -out ca.pem -days 2 -subj "/O=meshscope test"`);
  const leaves = [
    ["server", "/CN=server", "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n"],
    ["admin", "/O=system:masters/CN=admin", "extendedKeyUsage=clientAuth\n"],
  ] as const;
  for (const [name, subject, extensions] of leaves) {
    await writeFile(join(folder, `${name}.ext`), extensions);
    await openssl(folder, `req -new ${NEW_KEY} -keyout ${name}.key -out ${name}.csr -subj "${subject}"`);
    const by = `-CA ca.pem -CAkey ca.key -CAcreateserial -extfile ${name}.ext -days 2`;
    await openssl(folder, `x509 -req -in ${name}.csr ${by} -out ${name}.pem`);
  }
  await openssl(folder, "genrsa -out accounts.key 2048");
}

function kubeconfigOf(folder: string, url: string): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server: url, "certificate-authority": join(folder, "ca.pem") } }],
    users: [
      {
        name: "admin",
        user: { "client-certificate": join(folder, "admin.pem"), "client-key": join(folder, "admin.key") },
      },
    ],
    contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    "current-context": "test",
  };
}

async function startEtcd(folder: string, { etcd }: KubernetesBinaries): Promise<Started & { readonly url: string }> {
  const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const flags = {
    "data-dir": join(folder, "etcd"),
    "listen-client-urls": client,
    "advertise-client-urls": client,
    "listen-peer-urls": peer,
    "initial-advertise-peer-urls": peer,
    "initial-cluster": `default=${peer}`,
  };
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const started = await startChild({ file: etcd, args, isReady: async () => (await fetch(`${client}/health`)).ok });
  return { ...started, url: client };
}

function serverFlags(folder: string, kind: KubernetesBinaries["kind"], etcd: string, port: number): readonly string[] {
  const at = (name: string): string => join(folder, name);
  const common = [
    `--etcd-servers=${etcd}`,
    `--secure-port=${port}`,
    "--bind-address=127.0.0.1",
    `--tls-cert-file=${at("server.pem")}`,
    `--tls-private-key-file=${at("server.key")}`,
    `--client-ca-file=${at("ca.pem")}`,
  ];
  if (kind === "kube-apiserver")
    return [
      ...common,
      "--authorization-mode=RBAC",
      `--token-auth-file=${at("tokens.csv")}`,
      "--service-account-issuer=https://test.invalid",
      `--service-account-key-file=${at("accounts.key")}`,
      `--service-account-signing-key-file=${at("accounts.key")}`,
      "--service-cluster-ip-range=10.96.0.0/16",
      // Nobody makes accounts here.
      "--disable-admission-plugins=ServiceAccount",
    ];
  // It would ask a main API server, which is not there, for rights, namespaces and webhooks.
  const asks = ["authentication-kubeconfig", "authorization-kubeconfig", "kubeconfig"];
  return [
    ...common,
    "--authentication-skip-lookup",
    ...asks.map((flag) => `--${flag}=${at("nobody.json")}`),
    "--disable-admission-plugins=NamespaceLifecycle,MutatingAdmissionWebhook,ValidatingAdmissionWebhook,MutatingAdmissionPolicy,ValidatingAdmissionPolicy",
    "--enable-priority-and-fairness=false",
  ];
}

function isReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(`${url}/livez`, { rejectUnauthorized: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200 || answer.statusCode === 401 || answer.statusCode === 403);
    });
    asked.on("error", () => resolve(false));
    asked.end();
  });
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${what} did not come within a minute`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function create(admin: KubernetesClient, path: string, object: JsonObject): Promise<void> {
  await until(async () => {
    const made = await admin.create(path, object);
    if (!made.ok && made.error.code !== "unavailable" && !/not yet|not found/.test(made.error.message))
      throw new Error(`${path}: ${made.error.message}`);
    return made.ok;
  }, path);
}

/** Rights to read, for the account of the token. */
async function grantReading(admin: KubernetesClient): Promise<void> {
  const base = "/apis/rbac.authorization.k8s.io/v1";
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const rules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["get", "list", "watch"] }];
  await create(admin, `${base}/clusterroles`, { apiVersion, kind: "ClusterRole", metadata: { name: "reader" }, rules });
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "reader" };
  const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "reader" }];
  const binding = { apiVersion, kind: "ClusterRoleBinding", metadata: { name: "reader" }, roleRef, subjects };
  await create(admin, `${base}/clusterrolebindings`, binding);
}

/** It listens before it serves custom resources. */
async function allServed(admin: KubernetesClient): Promise<void> {
  for (const { spec } of DEFINITIONS.map((one) => JSON.parse(JSON.stringify(one))))
    await until(
      async () => (await admin.get(`/apis/${spec.group}/${spec.versions[0].name}/${spec.names.plural}`)).ok,
      spec.names.plural,
    );
}

/** Every definition is served, and the namespace of the tests is there. */
async function furnish(admin: KubernetesClient, { kind }: KubernetesBinaries): Promise<void> {
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  for (const definition of DEFINITIONS) await create(admin, path, definition);
  await until(async () => {
    const listed = await admin.list(path);
    const isTrue = (object: JsonObject) => /"type":"Established"/.test(JSON.stringify(object));
    return listed.ok && listed.value.items.length === DEFINITIONS.length && listed.value.items.every(isTrue);
  }, "the custom resources");
  await allServed(admin);
  if (kind !== "kube-apiserver") return;
  // What every account may ask is granted a moment after it listens.
  const everybody = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:basic-user";
  await until(async () => (await admin.get(everybody)).ok, "the rights of everybody");
  await create(admin, "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  await grantReading(admin);
}

export async function startKubernetes(binaries: KubernetesBinaries): Promise<KubernetesServer> {
  const folder = await mkdtemp(join(tmpdir(), "meshscope-kubernetes-"));
  await certify(folder);
  const tokens = ACCOUNTS.map((name, i) => `token-of-${name},${name},${i + 2}\n`);
  await writeFile(join(folder, "tokens.csv"), `${READER_TOKEN},reader,1\n${tokens.join("")}`);
  await writeFile(join(folder, "reader.token"), READER_TOKEN);
  await writeFile(join(folder, "nobody.json"), JSON.stringify(kubeconfigOf(folder, "https://127.0.0.1:1")));
  const etcd = await startEtcd(folder, binaries);
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const args = serverFlags(folder, binaries.kind, etcd.url, port);
  const start = () => startChild({ file: binaries.server, args, isReady: () => isReady(url) });
  const kubeconfig = join(folder, "kubeconfig");
  await writeFile(kubeconfig, JSON.stringify(kubeconfigOf(folder, url)));
  const admin = new KubernetesClient({ name: "c1", mesh: "istio", kubeconfig, timeoutMs: 30_000 });
  let server: Started | undefined;
  const stop = async () => {
    await server?.stop();
    await etcd.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    server = await start();
    await furnish(admin, binaries);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    kubeconfig,
    certificate: { cert: join(folder, "admin.pem"), key: join(folder, "admin.key") },
    ...(binaries.kind === "kube-apiserver"
      ? { reader: { url, tokenFile: join(folder, "reader.token"), caFile: join(folder, "ca.pem") } }
      : {}),
    admin,
    async account(name) {
      const tokenFile = join(folder, `${name}.token`);
      await writeFile(tokenFile, `token-of-${name}`);
      return { url, tokenFile, caFile: join(folder, "ca.pem") };
    },
    async restart() {
      await server?.stop();
      server = await start();
      await allServed(admin);
    },
    stop,
  };
}
