/** The SharedWorker that holds the browser's live streams: thin wiring around `LiveHub`. */
import { browserHub } from "./event-stream.ts";
import { type HubPort, type HubRequest, LiveHub } from "./live-hub.ts";

const hub = new LiveHub(browserHub);

self.addEventListener("connect", (event) => {
  const port = event instanceof MessageEvent ? event.ports[0] : undefined;
  if (port === undefined) return;
  const hubPort: HubPort = { post: (message) => port.postMessage(message) };
  port.addEventListener("message", ({ data }: MessageEvent<HubRequest>) => hub.handle(hubPort, data));
  port.start();
});
