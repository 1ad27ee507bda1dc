/** For tests: the store's process in this one. Messages are copied as they would be, and come in a later turn. */

import { ok } from "../../../lib/base/result.ts";
import { type Clock, systemClock } from "../../telemetry/clock.ts";
import { silentLog } from "../../telemetry/log.ts";
import { MemoryEngine } from "../memory-engine.ts";
import type { HostProcess } from "./host-client.ts";
import type { FromHost, ToHost } from "./messages.ts";
import type { Port } from "./port.ts";
import { type OpenEngine, StoreHost } from "./store-host.ts";

interface End<Out, In> {
  readonly port: Port<Out, In>;
  deliver(message: In): void;
  closed(): void;
}

function end<Out, In>(other: () => End<In, Out>, isOpen: () => boolean, close: () => void): End<Out, In> {
  const listeners: ((message: In) => void)[] = [];
  const closers: (() => void)[] = [];
  const port: Port<Out, In> = {
    send: (message) =>
      new Promise((resolve) => {
        const copy = structuredClone(message);
        setImmediate(() => {
          if (isOpen()) other().deliver(copy);
          resolve();
        });
      }),
    onMessage: (listener) => listeners.push(listener),
    onClose: (listener) => closers.push(listener),
    close,
  };
  return {
    port,
    deliver: (message) => {
      for (const listener of listeners) listener(message);
    },
    closed: () => {
      for (const listener of closers) listener();
    },
  };
}

export interface RigHost extends HostProcess {
  readonly host: StoreHost;
  /** As `kill -9`: nothing that it says is heard any more, and nothing it is told. */
  die(): void;
}

export const memoryEngine: OpenEngine = async () => ok(new MemoryEngine());

export function rigHost(openEngine: OpenEngine = memoryEngine, clock: Clock = systemClock): RigHost {
  let isOpen = true;
  let resolveExit: (why: string) => void = () => {};
  const exited = new Promise<string>((resolve) => {
    resolveExit = resolve;
  });
  const shut = (why: string): void => {
    if (!isOpen) return;
    isOpen = false;
    here.closed();
    resolveExit(why);
  };
  const here: End<FromHost, ToHost> = end(
    () => there,
    () => isOpen,
    () => setImmediate(() => shut("exit code 0")),
  );
  const there: End<ToHost, FromHost> = end(
    () => here,
    () => isOpen,
    () => shut("disconnect"),
  );
  const host = new StoreHost(here.port, openEngine, { clock, log: silentLog });
  return { port: there.port, exited, host, kill: () => shut("SIGKILL"), die: () => shut("SIGKILL") };
}
