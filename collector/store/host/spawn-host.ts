/**
 * The store's process as a child, beside the running bundle. It is asked to stop by message only: a signal in the middle
 * of a call would abort it, so it ignores those that a terminal sends to the whole group. In: the bundle's folder; out: a
 * process with a port.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { HostProcess } from "./host-client.ts";
import type { FromHost, ToHost } from "./messages.ts";
import type { Port } from "./port.ts";

/** Of a message that crossed: the peer is our own program. */
function isMessage<T extends { readonly type: string }>(message: unknown): message is T {
  return typeof message === "object" && message !== null && "type" in message;
}

interface Channel {
  send?: ((message: object, handle: undefined, options: undefined, callback: () => void) => boolean) | undefined;
  on(event: "message", listener: (message: unknown) => void): unknown;
  once(event: "disconnect", listener: () => void): unknown;
  disconnect?: (() => void) | undefined;
  readonly connected: boolean;
}

/** Either end of a Node IPC channel with `serialization: "advanced"`. */
export function ipcPort<Out extends object, In extends { readonly type: string }>(channel: Channel): Port<Out, In> {
  return {
    send: (message) =>
      new Promise((resolve) => {
        if (!channel.connected || channel.send === undefined) resolve();
        else channel.send(message, undefined, undefined, () => resolve());
      }),
    onMessage: (listener) => {
      channel.on("message", (message) => {
        if (isMessage<In>(message)) listener(message);
      });
    },
    onClose: (listener) => {
      channel.once("disconnect", listener);
    },
    close: () => {
      if (channel.connected) channel.disconnect?.();
    },
  };
}

/** Beside the bundle that runs; from sources (tests) there is none. */
export function hostFile(): string {
  return fileURLToPath(new URL("./store-host.mjs", import.meta.url));
}

export function spawnHost(file = hostFile()): HostProcess {
  const child = spawn(process.execPath, ["--enable-source-maps", file], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
  });
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(String(error)));
    child.once("exit", (code, signal) => resolve(signal === null ? `exit code ${code}` : signal));
  });
  return { port: ipcPort<ToHost, FromHost>(child), exited, kill: () => child.kill("SIGKILL") };
}
