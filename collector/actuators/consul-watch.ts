/**
 * Changes of splits as they happen. In: the API; out: a call for each splitter that is there at first, and for each that is added,
 * changed or removed, or whose router is. A query is held back by Consul until its index moves; an index that falls means another state (a restored
 * snapshot): all is read again. Faults are told and waited out, longer each time.
 */
import { setTimeout } from "node:timers/promises";
import type { TargetRef } from "../../lib/control/traffic/contract.ts";
import { at, listOf, numberOf, textOf } from "../../lib/control/traffic/document.ts";
import type { ConsulAnswer, ConsulHttp } from "./consul-http.ts";
import type { ReadFailure, Watching } from "./traffic-api.ts";

const KINDS = ["service-splitter", "service-router"] as const;
/** Consul answers at the latest after this and a sixteenth of it. A snapshot that is put back wakes nobody: it is seen then. */
const HELD_MS = 20_000;
const SLACK_MS = HELD_MS / 16 + 5_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** An answer that should have been held back, came within this and says nothing new: waits before it is asked for again. */
const UNHELD_MS = 50;
const UNHELD_WAIT_MS = 1_000;

/** Ends early when it is stopped. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => undefined);
}

interface Listener {
  readonly seen: (target: TargetRef) => void;
  readonly onFault: (failure: ReadFailure) => void;
}

class KindWatch {
  private readonly http: ConsulHttp;
  private readonly kind: (typeof KINDS)[number];
  private readonly listener: Listener;
  /** 0: answered at once. */
  private index = 0;
  private known: ReadonlyMap<string, number> = new Map();

  constructor(http: ConsulHttp, kind: (typeof KINDS)[number], listener: Listener) {
    this.http = http;
    this.kind = kind;
    this.listener = listener;
  }

  async run(signal: AbortSignal): Promise<void> {
    let waitMs = FIRST_WAIT_MS;
    while (!signal.aborted) {
      const [wasHeld, askedAt] = [this.index > 0, performance.now()];
      const answer = await this.ask(signal);
      if (signal.aborted) return;
      if (!answer.ok) {
        this.index = 0;
        this.listener.onFault(answer.error);
        await rest(waitMs, signal);
        waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
        continue;
      }
      waitMs = FIRST_WAIT_MS;
      const isNews = this.take(answer.value);
      if (wasHeld && !isNews && performance.now() - askedAt < UNHELD_MS) await rest(UNHELD_WAIT_MS, signal);
    }
  }

  private ask(signal: AbortSignal) {
    const held = this.index === 0 ? {} : { index: String(this.index), wait: `${HELD_MS}ms` };
    const waitMs = this.index === 0 ? 0 : HELD_MS + SLACK_MS;
    return this.http.get(`/v1/config/${this.kind}`, { ...this.http.everywhere, ...held }, { waitMs, signal });
  }

  /** Whether anything was told. */
  private take({ value, index }: ConsulAnswer): boolean {
    this.index = index < this.index ? 0 : index;
    const now = new Map<string, number>();
    for (const entry of listOf(value)) {
      const name = textOf(at(entry, "Name")) ?? "";
      const namespace = textOf(at(entry, "Namespace")) ?? "default";
      now.set(JSON.stringify([namespace, name]), numberOf(at(entry, "ModifyIndex")) ?? 0);
    }
    const before = this.known;
    this.known = now;
    const changed = [...new Set([...before.keys(), ...now.keys()])].filter((key) => before.get(key) !== now.get(key));
    for (const key of changed) {
      const [namespace = "", name = ""] = JSON.parse(key);
      this.listener.seen({ driver: "consul", cluster: this.http.options.name, namespace, name });
    }
    return changed.length > 0;
  }
}

export function watchEntries(http: ConsulHttp, listener: Listener): Watching {
  const stopping = new AbortController();
  const all = KINDS.map((kind) => new KindWatch(http, kind, listener).run(stopping.signal));
  return {
    async stop() {
      stopping.abort();
      await Promise.all(all);
    },
  };
}
