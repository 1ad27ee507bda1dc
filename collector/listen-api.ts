/** The API's server on its port. In: what it serves, host and port (0: any); out: the server and its URL, or why not. */
import { err, ok } from "../lib/base/result.ts";
import { type ApiOptions, apiServer } from "./api/server.ts";

/** An address that a client on this machine can use; a wildcard is reached through loopback. */
export function urlOf(host: string, port: number): string {
  const name = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

/** Errors: `port_in_use`, `listen_failed`. */
export async function listenApi(options: ApiOptions, host: string, port: number) {
  const app = apiServer(options);
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const taken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    return err({
      code: taken ? "port_in_use" : "listen_failed",
      message: taken
        ? `port ${port} on ${host} is in use (listen.api): stop what uses it or set listen.api to another port`
        : `${host}:${port} (listen.api) cannot be opened: ${String(error)}`,
    });
  }
  const address = app.server.address();
  const open = typeof address === "object" && address !== null ? address.port : port;
  return ok({ app, url: urlOf(host, open) });
}
