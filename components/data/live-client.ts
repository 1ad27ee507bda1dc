"use client";
/**
 * A page's line to the live hub: through the SharedWorker where the browser has one, else a hub of its own. The page
 * says when it is hidden and when it goes, so that the last one to look away closes the stream.
 */
import { browserHub } from "./event-stream.ts";
import { type HubMessage, type HubRequest, LiveHub } from "./live-hub.ts";

export interface LiveClient {
  watch(path: string): void;
  close(): void;
}

type Send = (request: HubRequest) => void;

function ownHub(onMessage: (message: HubMessage) => void): Send {
  const hub = new LiveHub(browserHub);
  const port = { post: onMessage };
  return (request) => hub.handle(port, request);
}

function connect(onMessage: (message: HubMessage) => void): Send {
  if (typeof SharedWorker === "undefined") return ownHub(onMessage);
  const worker = new SharedWorker(new URL("./live.worker.ts", import.meta.url), { type: "module", name: "live" });
  let send: Send = (request) => worker.port.postMessage(request);
  let last: HubRequest | null = null;
  worker.port.addEventListener("message", ({ data }: MessageEvent<HubMessage>) => onMessage(data));
  worker.port.start();
  worker.addEventListener("error", () => {
    send = ownHub(onMessage);
    if (last !== null) send(last);
  });
  return (request) => {
    if (request.type === "watch") last = request;
    send(request);
  };
}

export function liveClient(onMessage: (message: HubMessage) => void): LiveClient {
  const send = connect(onMessage);
  const visible = () => document.visibilityState === "visible";
  const tell = () => send({ type: "visible", visible: visible() });
  const leave = () => send({ type: "leave" });
  document.addEventListener("visibilitychange", tell);
  window.addEventListener("pagehide", leave);
  return {
    watch: (path) => send({ type: "watch", path, visible: visible() }),
    close: () => {
      document.removeEventListener("visibilitychange", tell);
      window.removeEventListener("pagehide", leave);
      leave();
    },
  };
}
