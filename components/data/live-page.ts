/**
 * What one page tells the live hub. In: the picture it shows (null: none that moves) and the page's own events; out: hub
 * requests. A page that goes, also into the browser's back/forward cache, leaves; one that comes back from there watches
 * again. Knows no DOM: the page's events are the caller's.
 */
import type { HubRequest } from "./live-hub.ts";

export type PageEvent = "visibilitychange" | "pagehide" | "pageshow";

/** What is used of a document and its window. */
export interface Page {
  visible(): boolean;
  /** Answers how to stop listening. */
  on(event: PageEvent, run: () => void): () => void;
}

export interface PageLine {
  /** Null leaves: the stream closes unless another page watches it. */
  watch(path: string | null): void;
  /** Says all of it again, for a hub that knows nothing of this page. */
  repeat(): void;
  close(): void;
}

export function pageLine(page: Page, send: (request: HubRequest) => void): PageLine {
  let path: string | null = null;
  let away = false;
  const leave = () => send({ type: "leave" });
  const repeat = () => {
    if (path !== null && !away) send({ type: "watch", path, visible: page.visible() });
  };
  const stop = [
    page.on("visibilitychange", () => {
      if (path !== null && !away) send({ type: "visible", visible: page.visible() });
    }),
    page.on("pagehide", () => {
      away = true;
      leave();
    }),
    page.on("pageshow", () => {
      away = false;
      repeat();
    }),
  ];
  return {
    watch: (next) => {
      path = next;
      if (path === null) leave();
      else repeat();
    },
    repeat,
    close: () => {
      for (const run of stop) run();
      path = null;
      leave();
    },
  };
}
