/**
 * The collector's end of the store's process: starts it, asks it, starts it again when it dies. In: a way to start the
 * process; out: answers. Reads fail with `store_unavailable` while it is away; writes wait for it and are made again, under
 * the same id, so that one whose answer was lost is not made twice. Pauses between starts grow from 0.25 s to 10 s.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { assert, err, ok, type Result } from "../../../lib/base/result.ts";
import type { StoreError, StoreFacts } from "../../../lib/query/schema/store.ts";
import type { LogPosition } from "../../../lib/query/store-engine.ts";
import type { Clock } from "../../telemetry/clock.ts";
import type { Log } from "../../telemetry/log.ts";
import { StoreCallError, StoreUnavailableError } from "../store-unavailable.ts";
import type { Answer, Call, FromHost, HostSettings, Part, ToHost } from "./messages.ts";
import type { Port } from "./port.ts";

export interface HostProcess {
  readonly port: Port<ToHost, FromHost>;
  /** Why it ended, once it has. */
  readonly exited: Promise<string>;
  kill(): void;
}

export interface HostClientOptions {
  readonly settings: HostSettings;
  readonly start: () => HostProcess;
  readonly clock: Clock;
  readonly log: Log;
  /** Default: timers. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export type Opened = Extract<FromHost, { readonly type: "opened" }>;

interface Asked {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly onPart: (part: Part) => void;
}

interface Session {
  readonly process: HostProcess;
  readonly asked: Map<number, Asked>;
  /** Since the last word from it, Unix ms. */
  heardMs: number;
  readonly openedMs: number;
}

const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 10_000;
/** One that ran for so long did not fail at the start: the pauses begin anew. */
const SETTLED_MS = 60_000;
/** It speaks once a second. A native call may hold it up for long, but not for ever. */
const SILENT_MS = 60_000;
const WATCH_MS = 5_000;
const STOP_MS = 10_000;

export class HostClient {
  /** A new process knows nothing of what was said to the last one. */
  onSession: (opened: Opened) => void = () => {};
  onIngested: (log: string, through: LogPosition) => void = () => {};
  restarts = 0;
  lastError: StoreError | null = null;
  private told: StoreFacts | null = null;
  private readonly options: HostClientOptions;
  private session: Session | undefined;
  private upAgain: (() => void)[] = [];
  private readonly stopping = new AbortController();
  private calls = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: HostClientOptions) {
    this.options = options;
  }

  /** The first start; later ones come by themselves. Errors: the engine's own, `store_start_failed`. */
  async open(): Promise<Result<Opened, { readonly code: string; readonly message: string }>> {
    const opened = await this.connect();
    if (!opened.ok) return opened;
    this.timer = setInterval(() => this.watch(), WATCH_MS);
    this.timer.unref();
    return opened;
  }

  /** As it last said, with what only this side knows. */
  facts(): StoreFacts | null {
    const { told, restarts } = this;
    if (told === null) return null;
    const lastError = told.lastError ?? this.lastError;
    return this.session === undefined
      ? { ...told, state: "starting", restarts, residentBytes: null, lastError }
      : { ...told, restarts, lastError };
  }

  tell(message: Extract<ToHost, { readonly type: "appended" }>): void {
    void this.session?.process.port.send(message);
  }

  /** Rejects with `StoreUnavailableError` while there is no process, and when it dies before it has answered. */
  ask(call: Call, onPart: (part: Part) => void = () => {}): Promise<Answer> {
    const { session } = this;
    if (session === undefined) return Promise.reject(new StoreUnavailableError());
    return this.send(session, call, onPart, []);
  }

  /** Waits for the process as long as it takes, and asks again when it dies meanwhile. `parts` are made for each try. */
  async insist(call: Call, parts: () => Iterable<Part>, onPart: (part: Part) => void = () => {}): Promise<Answer> {
    for (;;) {
      const session = await this.whenUp();
      try {
        return await this.send(session, call, onPart, parts());
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
      }
    }
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort();
    for (const go of this.upAgain.splice(0)) go();
    const { session } = this;
    if (session === undefined) return;
    await session.process.port.send({ type: "stop" });
    const late = new AbortController();
    const killer = sleep(STOP_MS, undefined, { signal: late.signal }).then(
      () => session.process.kill(),
      () => {},
    );
    await session.process.exited;
    late.abort();
    await killer;
  }

  private async send(session: Session, call: Call, onPart: Asked["onPart"], parts: Iterable<Part>): Promise<Answer> {
    const id = ++this.calls;
    const { port } = session.process;
    const answer = new Promise<Answer>((resolve, reject) => session.asked.set(id, { resolve, reject, onPart }));
    answer.catch(() => {});
    for (const part of parts) await port.send({ type: "part", id, part });
    await port.send({ type: "call", id, call });
    return answer;
  }

  private async whenUp(): Promise<Session> {
    while (this.session === undefined) {
      if (this.stopping.signal.aborted) throw new StoreCallError("store_closed", "the store is closed");
      await new Promise<void>((resolve) => this.upAgain.push(resolve));
    }
    return this.session;
  }

  private async connect(): Promise<Result<Opened, { readonly code: string; readonly message: string }>> {
    const { clock, settings, start } = this.options;
    const process = start();
    const session: Session = { process, asked: new Map(), heardMs: clock.nowMs(), openedMs: clock.nowMs() };
    const opened = new Promise<Result<Opened, { readonly code: string; readonly message: string }>>((resolve) => {
      process.port.onMessage((message) => {
        session.heardMs = clock.nowMs();
        if (message.type === "opened") {
          this.up(session, message);
          resolve(ok(message));
        } else if (message.type === "refused") resolve(err({ code: message.code, message: message.message }));
        else this.receive(session, message);
      });
      void process.exited.then((why) => {
        resolve(err({ code: "store_start_failed", message: `the store's process ended before it was open: ${why}` }));
        this.gone(session, why);
      });
    });
    await process.port.send({ type: "open", settings });
    return opened;
  }

  private up(session: Session, opened: Opened): void {
    this.session = session;
    this.told = opened.facts;
    this.onSession(opened);
    for (const go of this.upAgain.splice(0)) go();
  }

  private receive(session: Session, message: FromHost): void {
    if (message.type === "ingested") this.onIngested(message.log, message.through);
    else if (message.type === "facts") this.told = message.facts;
    else if (message.type === "part") session.asked.get(message.id)?.onPart(message.part);
    else if (message.type === "done" || message.type === "failed") {
      const asked = session.asked.get(message.id);
      session.asked.delete(message.id);
      if (message.type === "done") asked?.resolve(message.answer);
      else if (message.code === "store_unavailable") asked?.reject(new StoreUnavailableError(message.message));
      else asked?.reject(new StoreCallError(message.code, message.message));
    }
  }

  private gone(session: Session, why: string): void {
    const wasUp = this.session === session;
    if (wasUp) this.session = undefined;
    for (const { reject } of session.asked.values()) reject(new StoreUnavailableError());
    session.asked.clear();
    if (!wasUp || this.stopping.signal.aborted) return;
    this.options.log.error("store_process_ended", { because: why });
    this.lastError = { code: "store_process_ended", message: why, atMs: this.options.clock.nowMs() };
    void this.restart(this.options.clock.nowMs() - session.openedMs >= SETTLED_MS);
  }

  private pause = FIRST_PAUSE_MS;

  private async restart(settled: boolean): Promise<void> {
    const wait = this.options.wait ?? ((ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}));
    if (settled) this.pause = FIRST_PAUSE_MS;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await wait(this.pause, signal);
      this.pause = Math.min(MAX_PAUSE_MS, this.pause * 2);
      if (signal.aborted) return;
      this.restarts++;
      const opened = await this.connect();
      if (opened.ok) return;
      this.lastError = { ...opened.error, atMs: this.options.clock.nowMs() };
      this.options.log.error("store_start_failed", opened.error);
    }
  }

  private watch(): void {
    const { session } = this;
    if (session === undefined || this.options.clock.nowMs() - session.heardMs < SILENT_MS) return;
    this.options.log.error("store_process_silent", { forMs: this.options.clock.nowMs() - session.heardMs });
    session.process.kill();
  }
}

/** The answer of the kind that the call has; anything else is a bug. */
export function expectAnswer<K extends Answer["of"]>(answer: Answer, of: K): Extract<Answer, { readonly of: K }> {
  assert(isOf(answer, of), `an answer of ${of}, not of ${answer.of}`);
  return answer;
}

function isOf<K extends Answer["of"]>(answer: Answer, of: K): answer is Extract<Answer, { readonly of: K }> {
  return answer.of === of;
}
