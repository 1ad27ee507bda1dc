/** The two ends of the channel between main and a receiving process, as narrow as they are used; tests join them in one process. */
import { type ChildProcess, fork } from "node:child_process";
import { Socket } from "node:net";
import type { FromShard, ToShard } from "./messages.ts";

/** Main's end. */
export interface ShardChild {
  readonly connected: boolean;
  /** `failed`: the socket did not arrive. */
  send(message: ToShard, socket?: Socket, failed?: () => void): void;
  onMessage(hear: (message: unknown) => void): void;
  /** Once, when the process has ended and its last message was heard; with its exit code or signal. */
  onGone(hear: (how: string) => void): void;
  kill(): void;
}

/** The process's end. */
export interface ShardParent {
  send(message: FromShard): void;
  onMessage(hear: (message: unknown, socket: Socket | undefined) => void): void;
  onGone(hear: () => void): void;
  /** Closes the channel once all that was sent is on its way. */
  hangUp(): void;
}

/** What the process says of each connection, in the order in which they came. */
const TAKEN = "taken";

const isConnection = (message: unknown): boolean =>
  typeof message === "object" && message !== null && "type" in message && message.type === "connection";

/**
 * Main keeps its copy of a connection until the process has its own. Node would close the copy itself, but not where the
 * process dies with connections underway: then it says `disconnect` never, and those senders would wait for good.
 */
export function childEnd(child: ChildProcess): ShardChild {
  let underway: { readonly socket: Socket; readonly failed: (() => void) | undefined }[] = [];
  return {
    get connected() {
      return child.connected;
    },
    send: (message, socket, failed) => {
      if (!child.connected) {
        failed?.();
        return;
      }
      if (socket !== undefined) underway.push({ socket, failed });
      child.send(message, socket, { keepOpen: true }, (error) => {
        if (error === null) return;
        underway = underway.filter((other) => other.socket !== socket);
        failed?.();
      });
    },
    onMessage: (hear) =>
      void child.on("message", (message) => {
        if (message === TAKEN) underway.shift()?.socket.destroy();
        else hear(message);
      }),
    onGone: (hear) => {
      // `close` comes after the end of the process and of its channel: what it sent before is heard by then.
      const ended = new Promise<string>((resolve) => {
        child.once("close", (code, signal) => resolve(signal ?? `code ${code}`));
        child.once("error", (error) => resolve(error.message));
      });
      void ended.then((how) => {
        const left = underway;
        underway = [];
        for (const { failed } of left) failed?.();
        hear(how);
      });
    },
    kill: () => void child.kill("SIGKILL"),
  };
}

/** Starts `.build/shard.mjs`, which lies beside the running bundle. */
export function spawnShard(): ShardChild {
  const file = new URL("./shard.mjs", import.meta.url);
  return childEnd(fork(file, [], { serialization: "advanced", stdio: ["ignore", "inherit", "inherit", "ipc"] }));
}

/** The process's own channel. Signals that a terminal sends to the whole group are main's to act on. */
export function parentEnd(self: NodeJS.Process): ShardParent {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) self.on(signal, () => {});
  let underway = 0;
  let ending = false;
  const hangUpWhenSent = (): void => {
    if (ending && underway === 0 && self.connected) self.disconnect();
  };
  return {
    send: (message) => {
      // Main being gone ends this process; what main was not told stands in the log.
      if (!self.connected) return;
      underway++;
      self.send?.(message, undefined, undefined, () => {
        underway--;
        hangUpWhenSent();
      });
    },
    onMessage: (hear) =>
      void self.on("message", (message, handle) => {
        if (isConnection(message) && self.connected) self.send?.(TAKEN);
        hear(message, handle instanceof Socket ? handle : undefined);
      }),
    onGone: (hear) => void self.on("disconnect", hear),
    hangUp: () => {
      ending = true;
      hangUpWhenSent();
    },
  };
}
