/** An EventSource and a timer in the shape the hub wants: the same in a worker and in a page. */
import type { HubOptions, Stream } from "./live-hub.ts";

function openStream(path: string): Stream {
  const source = new EventSource(`/api/v1${path}`);
  return {
    onOpen: (run) => source.addEventListener("open", run),
    onEvent: (name, run) => source.addEventListener(name, (event) => run(String(event.data))),
    onError: (run) => source.addEventListener("error", () => run(source.readyState === EventSource.CLOSED)),
    close: () => source.close(),
  };
}

export const browserHub: HubOptions = {
  open: openStream,
  later: (run, delayMs) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
