"use client";
/**
 * A page's line to the live hub: through the SharedWorker where the browser has one, else a hub of its own. What the
 * page says and when is `pageLine`'s.
 */
import { browserHub } from "./event-stream.ts";
import { type HubMessage, type HubRequest, LiveHub } from "./live-hub.ts";
import { type Page, type PageLine, pageLine } from "./live-page.ts";

export type LiveClient = Pick<PageLine, "watch" | "close">;

type Send = (request: HubRequest) => void;

function ownHub(onMessage: (message: HubMessage) => void): Send {
  const hub = new LiveHub(browserHub);
  const port = { post: onMessage };
  return (request) => hub.handle(port, request);
}

/** `onReset`: requests go to another hub from now on, which has heard nothing yet. */
function connect(onMessage: (message: HubMessage) => void, onReset: () => void): Send {
  if (typeof SharedWorker === "undefined") return ownHub(onMessage);
  const worker = new SharedWorker(new URL("./live.worker.ts", import.meta.url), { type: "module", name: "live" });
  let send: Send = (request) => worker.port.postMessage(request);
  worker.port.addEventListener("message", ({ data }: MessageEvent<HubMessage>) => onMessage(data));
  worker.port.start();
  worker.addEventListener("error", () => {
    send = ownHub(onMessage);
    onReset();
  });
  return (request) => send(request);
}

const browserPage: Page = {
  visible: () => document.visibilityState === "visible",
  on: (event, run) => {
    const target = event === "visibilitychange" ? document : window;
    target.addEventListener(event, run);
    return () => target.removeEventListener(event, run);
  },
};

export function liveClient(onMessage: (message: HubMessage) => void): LiveClient {
  const send = connect(onMessage, () => line.repeat());
  const line = pageLine(browserPage, send);
  return line;
}
