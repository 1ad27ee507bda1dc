/**
 * One event stream for many pages. In: watch requests of pages ("ports") and events of `/graph/live`; out: snapshots,
 * deltas and the stream's state to every page that watches it. Runs in a SharedWorker, or in the page where there is
 * none. A stream with no visible watcher is closed; the next one to look gets a fresh snapshot. Clock and streams are
 * the caller's.
 */
import type { Graph, GraphDelta } from "../../lib/query/schema/graph.ts";
import { mendedDelta, mendedGraph } from "../../lib/query/schema/mended-graph.ts";
import { applyDelta } from "../../lib/view/live-delta.ts";

export type HubRequest =
  | { readonly type: "watch"; readonly path: string; readonly visible: boolean }
  | { readonly type: "visible"; readonly visible: boolean }
  | { readonly type: "leave" };

/** `failed`: the stream was refused, or what it says is not understood; the page falls back to polling. */
export type StreamState = "connecting" | "open" | "broken" | "failed";

export type HubMessage =
  | { readonly type: "snapshot"; readonly path: string; readonly graph: Graph }
  | { readonly type: "delta"; readonly path: string; readonly delta: GraphDelta }
  | { readonly type: "state"; readonly path: string; readonly state: StreamState };

export interface HubPort {
  post(message: HubMessage): void;
}

/** What the hub uses of an EventSource. */
export interface Stream {
  onOpen(run: () => void): void;
  onEvent(name: "snapshot" | "delta" | "ping", run: (data: string) => void): void;
  /** `closed`: the browser has given up and will not try again by itself. */
  onError(run: (closed: boolean) => void): void;
  close(): void;
}

export interface HubOptions {
  readonly open: (path: string) => Stream;
  /** Runs later; answers how to cancel. */
  readonly later: (run: () => void, delayMs: number) => () => void;
}

const RETRY_MS = 10_000;
/** Three of the API's pings. */
const SILENT_MS = 45_000;

interface Channel {
  readonly path: string;
  stream: Stream | null;
  cancelRetry: (() => void) | null;
  cancelSilence: (() => void) | null;
  graph: Graph | null;
  state: StreamState;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export class LiveHub {
  private readonly channels = new Map<string, Channel>();
  private readonly watchers = new Map<HubPort, { path: string; visible: boolean }>();
  private readonly options: HubOptions;

  constructor(options: HubOptions) {
    this.options = options;
  }

  handle(port: HubPort, request: HubRequest): void {
    const before = this.watchers.get(port);
    if (request.type === "leave") this.watchers.delete(port);
    else if (request.type === "watch") this.watchers.set(port, { path: request.path, visible: request.visible });
    else if (before !== undefined) this.watchers.set(port, { path: before.path, visible: request.visible });
    this.settle();
    const now = this.watchers.get(port);
    if (now?.visible === true && (now.path !== before?.path || !before.visible)) this.greet(port, now.path);
  }

  /** Streams that are open, for tests and for the worker's own check. */
  openPaths(): readonly string[] {
    return [...this.channels.keys()];
  }

  private settle(): void {
    const wanted = new Set([...this.watchers.values()].filter((w) => w.visible).map((w) => w.path));
    for (const channel of [...this.channels.values()]) if (!wanted.has(channel.path)) this.close(channel);
    for (const path of wanted) if (!this.channels.has(path)) this.connect(this.create(path));
  }

  private create(path: string): Channel {
    const channel: Channel = {
      path,
      stream: null,
      cancelRetry: null,
      cancelSilence: null,
      graph: null,
      state: "connecting",
    };
    this.channels.set(path, channel);
    return channel;
  }

  private close(channel: Channel): void {
    channel.stream?.close();
    channel.cancelRetry?.();
    channel.cancelSilence?.();
    this.channels.delete(channel.path);
  }

  private greet(port: HubPort, path: string): void {
    const channel = this.channels.get(path);
    if (channel === undefined) return;
    if (channel.graph !== null) port.post({ type: "snapshot", path, graph: channel.graph });
    port.post({ type: "state", path, state: channel.state });
  }

  private send(message: HubMessage): void {
    for (const [port, watch] of this.watchers) if (watch.visible && watch.path === message.path) port.post(message);
  }

  private become(channel: Channel, state: StreamState): void {
    if (channel.state === state) return;
    channel.state = state;
    this.send({ type: "state", path: channel.path, state });
  }

  private fail(channel: Channel): void {
    channel.stream?.close();
    channel.stream = null;
    channel.cancelSilence?.();
    this.become(channel, "failed");
    channel.cancelRetry?.();
    channel.cancelRetry = this.options.later(() => this.connect(channel), RETRY_MS);
  }

  private connect(channel: Channel): void {
    const stream = this.options.open(channel.path);
    channel.stream = stream;
    this.hear(channel);
    stream.onError((closed) => (closed ? this.fail(channel) : this.become(channel, "broken")));
    stream.onEvent("snapshot", (data) => this.take(channel, data));
    stream.onEvent("delta", (data) => this.advance(channel, data));
    stream.onEvent("ping", () => this.hear(channel));
    stream.onOpen(() => {
      if (channel.graph !== null) this.become(channel, "open");
    });
  }

  /** A connection that stands while nobody at its end does anything is no stream: what hangs ends nothing by itself. */
  private hear(channel: Channel): void {
    channel.cancelSilence?.();
    channel.cancelSilence = this.options.later(() => this.fail(channel), SILENT_MS);
  }

  private take(channel: Channel, data: string): void {
    const parsed = mendedGraph.safeParse(parse(data));
    if (!parsed.success) {
      this.fail(channel);
      return;
    }
    this.hear(channel);
    channel.graph = parsed.data;
    this.send({ type: "snapshot", path: channel.path, graph: parsed.data });
    this.become(channel, "open");
  }

  private advance(channel: Channel, data: string): void {
    const parsed = mendedDelta.safeParse(parse(data));
    if (!parsed.success || channel.graph === null) {
      this.fail(channel);
      return;
    }
    this.hear(channel);
    channel.graph = applyDelta(channel.graph, parsed.data);
    this.send({ type: "delta", path: channel.path, delta: parsed.data });
    this.become(channel, "open");
  }
}
