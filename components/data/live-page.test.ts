import { expect, test } from "vitest";
import { type HubMessage, type HubPort, type HubRequest, LiveHub, type Stream } from "./live-hub.ts";
import { type PageEvent, pageLine } from "./live-page.ts";

const PATH = "/graph/live?view=service";

/** A page's line to a real hub, whose streams only remember whether they are open. */
function rig() {
  const opened: string[] = [];
  const stream: Stream = { onOpen: () => {}, onEvent: () => {}, onError: () => {}, close: () => {} };
  const hub = new LiveHub({
    open: (path) => {
      opened.push(path);
      return stream;
    },
    later: () => () => {},
  });
  const messages: HubMessage[] = [];
  const port: HubPort = { post: (message) => messages.push(message) };
  const requests: HubRequest[] = [];
  const page = { shown: true, listeners: new Map<PageEvent, () => void>() };
  const line = pageLine(
    {
      visible: () => page.shown,
      on: (event, run) => {
        page.listeners.set(event, run);
        return () => page.listeners.delete(event);
      },
    },
    (request) => {
      requests.push(request);
      hub.handle(port, request);
    },
  );
  const fire = (event: PageEvent, shown = page.shown) => {
    page.shown = shown;
    page.listeners.get(event)?.();
  };
  return { hub, line, fire, page, opened, messages, requests };
}

test("a page that comes back from the back/forward cache watches again", () => {
  const { hub, line, fire, opened, messages } = rig();
  line.watch(PATH);
  fire("pagehide");
  expect(hub.openPaths()).toEqual([]);
  fire("pageshow");
  expect(hub.openPaths()).toEqual([PATH]);
  expect(opened).toEqual([PATH, PATH]);
  expect(messages.map((message) => message.type)).toEqual(["state", "state"]);
});

test("the browser may tell of hiding and showing in either order around its cache", () => {
  const { hub, line, fire } = rig();
  line.watch(PATH);
  fire("pagehide");
  fire("visibilitychange", false);
  expect(hub.openPaths()).toEqual([]);
  fire("pageshow");
  expect(hub.openPaths()).toEqual([]);
  fire("visibilitychange", true);
  expect(hub.openPaths()).toEqual([PATH]);
});

test("a paused time closes the stream, and stays closed when the page comes back", () => {
  const { hub, line, fire } = rig();
  line.watch(PATH);
  line.watch(null);
  expect(hub.openPaths()).toEqual([]);
  fire("visibilitychange", false);
  fire("visibilitychange", true);
  fire("pagehide");
  fire("pageshow");
  expect(hub.openPaths()).toEqual([]);
  line.watch(PATH);
  expect(hub.openPaths()).toEqual([PATH]);
});

test("the first pageshow, after the page asked already, opens nothing twice", () => {
  const { line, fire, opened, messages } = rig();
  line.watch(PATH);
  fire("pageshow");
  expect(opened).toEqual([PATH]);
  expect(messages).toHaveLength(1);
});

test("a hub that takes over hears what the page shows now, hidden or not, and nothing of a page without a picture", () => {
  const { line, fire, requests } = rig();
  line.watch(PATH);
  fire("visibilitychange", false);
  line.repeat();
  expect(requests.at(-1)).toEqual({ type: "watch", path: PATH, visible: false });
  line.watch(null);
  const told = requests.length;
  line.repeat();
  expect(requests).toHaveLength(told);
});

test("a closed line leaves and listens no more", () => {
  const { hub, line, page } = rig();
  line.watch(PATH);
  line.close();
  expect(hub.openPaths()).toEqual([]);
  expect(page.listeners.size).toBe(0);
});
