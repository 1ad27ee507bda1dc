/**
 * Where a Kubernetes API server is and how to be let in. In: a kubeconfig with a context, the service account of the pod, or
 * a plain URL with a token file. Out: a server and, for each request anew, TLS settings and credentials (they may be renewed
 * by a plugin, a file or a rotation). `@kubernetes/client-node` is loaded only for the first two, at the first request.
 */
import { readFile } from "node:fs/promises";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent, type RequestOptions } from "node:https";
import type { KubernetesControl } from "../config/config.ts";
import { shellWord } from "./shell-word.ts";

export interface Connection {
  readonly server: URL;
  /**
   * Throws where credentials cannot be had: nothing is sent then. A read may go over a connection that was kept; a write has
   * one of its own, since one that was kept may be closed by the other side, and nobody could say whether the write arrived.
   */
  options(isRead: boolean): Promise<RequestOptions>;
}

const KEEP_ALIVE = { keepAlive: true, maxSockets: 16, maxFreeSockets: 4, timeout: 60_000 };

async function plain({ url = "", tokenFile, caFile }: KubernetesControl): Promise<Connection> {
  const server = new URL(url);
  const agent = server.protocol === "https:" ? new HttpsAgent(KEEP_ALIVE) : new HttpAgent(KEEP_ALIVE);
  return {
    server,
    async options(isRead) {
      const token = tokenFile === undefined ? undefined : (await readFile(tokenFile, "utf8")).trim();
      const ca = caFile === undefined ? undefined : await readFile(caFile);
      return {
        agent: isRead ? agent : false,
        ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
        ...(ca === undefined ? {} : { ca }),
      };
    },
  };
}

/** Throws where the file, the context or the pod's account is not there. */
async function fromKubeconfig({ kubeconfig, context, inCluster }: KubernetesControl): Promise<Connection> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  if (inCluster === true) {
    if (process.env["KUBERNETES_SERVICE_HOST"] === undefined) throw new Error("this is no pod of a cluster");
    config.loadFromCluster();
  } else config.loadFromFile(kubeconfig ?? "");
  if (context !== undefined) config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`${kubeconfig} has no context ${context ?? config.getCurrentContext()}`);
  const agent = cluster.server.startsWith("https:") ? new HttpsAgent(KEEP_ALIVE) : new HttpAgent(KEEP_ALIVE);
  return {
    server: new URL(cluster.server),
    async options(isRead) {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      // Its own agent is a new one each time; only one that goes through a proxy is needed.
      return cluster.proxyUrl === undefined ? { ...options, agent: isRead ? agent : false } : options;
    },
  };
}

/** Throws, with the reason, where there is nothing to connect to. */
export function connect(control: KubernetesControl): Promise<Connection> {
  return control.url === undefined ? fromKubeconfig(control) : plain(control);
}

/** The beginning of a kubectl command that speaks to the same server. */
export function kubectl({ kubeconfig, context, url, tokenFile, caFile }: KubernetesControl): string {
  const flags = [
    ...(kubeconfig === undefined ? [] : [`--kubeconfig=${shellWord(kubeconfig)}`]),
    ...(context === undefined ? [] : [`--context=${shellWord(context)}`]),
    ...(url === undefined ? [] : [`--server=${shellWord(url)}`]),
    ...(caFile === undefined ? [] : [`--certificate-authority=${shellWord(caFile)}`]),
    ...(tokenFile === undefined ? [] : [`--token="$(cat ${shellWord(tokenFile)})"`]),
  ];
  return ["kubectl", ...flags].join(" ");
}
