/**
 * One receiving process, seen from main. In: the child and where its messages go. Out: messages and connections to it, its
 * end.
 */
import type { Socket } from "node:net";
import { err, ok, type Result } from "../../lib/base/result.ts";
import type { HttpKind } from "../receivers/start.ts";
import { fromShardSchema, type ShardNews, type ShardSettings, type ShardStats, type ToShard } from "./messages.ts";
import type { ShardChild } from "./port.ts";

export interface ShardEvents {
  news(news: ShardNews): void;
  claim(number: number, key: string): void;
  stats(stats: ShardStats): void;
}

const STOP_MS = 12_000;

export class Shard {
  /** Resolves once the process has ended and its last message is in. */
  readonly gone: Promise<string>;
  private readonly child: ShardChild;
  private readonly events: ShardEvents;
  private verdicts: [number, boolean][] = [];
  private opened: (outcome: Result<void, string>) => void = () => {};

  constructor(child: ShardChild, events: ShardEvents) {
    this.child = child;
    this.events = events;
    child.onMessage((message) => this.hear(message));
    this.gone = new Promise((resolve) => {
      child.onGone((how) => {
        this.opened(err(`it ended with ${how}`));
        resolve(how);
      });
    });
  }

  private hear(message: unknown): void {
    const told = fromShardSchema.parse(message);
    switch (told.type) {
      case "opened":
        this.opened(ok(undefined));
        break;
      case "claim":
        for (const [number, key] of told.claims) this.events.claim(number, key);
        break;
      case "news":
        this.events.news(told);
        break;
      case "stats":
        this.events.stats(told.stats);
    }
  }

  /** False once it is gone, before `gone` resolves. */
  get reachable(): boolean {
    return this.child.connected;
  }

  open(settings: ShardSettings): Promise<Result<void, string>> {
    return new Promise((resolve) => {
      this.opened = resolve;
      this.send({ type: "open", settings });
    });
  }

  /** To a process that is gone nothing is sent. */
  send(message: ToShard): void {
    this.child.send(message);
  }

  adopt(kind: HttpKind, socket: Socket): void {
    this.child.send({ type: "connection", kind }, socket, () => socket.destroy());
  }

  /** Answers of one turn go together. */
  verdict(number: number, isNew: boolean): void {
    this.verdicts.push([number, isNew]);
    if (this.verdicts.length > 1) return;
    setImmediate(() => {
      const { verdicts } = this;
      this.verdicts = [];
      this.send({ type: "claimed", verdicts });
    });
  }

  /** Resolves once it is gone: by itself, or killed after 12 s. */
  async stop(): Promise<void> {
    const timer = setTimeout(() => this.child.kill(), STOP_MS);
    this.send({ type: "stop" });
    await this.gone;
    clearTimeout(timer);
  }
}
