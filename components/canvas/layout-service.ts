/**
 * Layouts off the main thread, one at a time and only for the newest input; on it where workers cannot be had or one
 * fails. An input of the topology last laid out is answered with that layout and no work (`layouts` counts real ones).
 */
import { layoutGraph } from "../../lib/view/graph/layout-graph.ts";
import type { LayoutInput } from "../../lib/view/graph/layout-input.ts";
import type { LayoutResult } from "../../lib/view/graph/layout-types.ts";

export interface LayoutRequest {
  readonly number: number;
  readonly input: LayoutInput;
  readonly previous: LayoutResult | null;
  readonly seed: number;
}

export interface LayoutAnswer {
  readonly number: number;
  readonly layout: LayoutResult;
}

/** Small graphs are laid out at once: a worker's round trip would cost a frame in which nothing can be drawn. */
const AT_ONCE_NODES = 60;
/** Boxes that stand for many are arranged by force, which takes forty of them as long as hundreds of nodes take otherwise. */
const AT_ONCE_FOLDED = 12;

function isSmall({ ids, folded }: LayoutInput): boolean {
  return ids.length <= AT_ONCE_NODES && folded.reduce((sum, one) => sum + one, 0) <= AT_ONCE_FOLDED;
}

function startWorker(): Worker | null {
  if (typeof Worker === "undefined") return null;
  try {
    return new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
  } catch {
    return null;
  }
}

export class LayoutService {
  readonly #deliver: (layout: LayoutResult) => void;
  readonly #seed: number;
  #worker: Worker | null | undefined;
  #last: LayoutResult | null = null;
  #number = 0;
  #busy: LayoutRequest | null = null;
  #next: LayoutInput | null = null;
  layouts = 0;

  constructor(seed: number, deliver: (layout: LayoutResult) => void) {
    this.#seed = seed;
    this.#deliver = deliver;
  }

  /** Delivers the layout of `input` now (same topology, small graph) or later; an older request still under way is dropped. */
  request(input: LayoutInput): void {
    if (this.#last?.hash === input.hash) {
      this.#next = null;
      this.#number++;
      this.#deliver(this.#last);
      return;
    }
    if (isSmall(input)) {
      this.#number++;
      this.#next = null;
      this.#here(input);
    } else if (this.#busy !== null) this.#next = input;
    else this.#send(input);
  }

  /** The picture that the next one starts from. */
  get last(): LayoutResult | null {
    return this.#last;
  }

  /** The next request starts from this picture; a layout that is under way is dropped. */
  startFrom(layout: LayoutResult): void {
    this.#last = layout;
    this.#number++;
  }

  /** Forgets the positions: the next request lays out from scratch, whatever is under way. */
  forget(): void {
    this.#last = null;
    this.#number++;
  }

  stop(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }

  #here(input: LayoutInput): void {
    this.layouts++;
    this.#last = layoutGraph(input, this.#last, this.#seed);
    this.#deliver(this.#last);
  }

  #send(input: LayoutInput): void {
    if (this.#worker === undefined) {
      this.#worker = startWorker();
      this.#worker?.addEventListener("message", (event: MessageEvent<LayoutAnswer>) => this.#answer(event.data));
      this.#worker?.addEventListener("error", () => this.#workerFailed());
    }
    if (this.#worker === null) {
      this.#here(input);
      return;
    }
    this.#number++;
    this.#busy = { number: this.#number, input, previous: this.#last, seed: this.#seed };
    this.#worker.postMessage(this.#busy);
  }

  /** An answer that was overtaken is dropped: it starts from a picture that is no longer the one before. */
  #answer(answer: LayoutAnswer): void {
    const isCurrent = this.#isCurrent(answer.number);
    this.#busy = null;
    this.layouts++;
    const next = this.#next;
    this.#next = null;
    if (isCurrent) this.#last = answer.layout;
    if (next !== null) this.request(next);
    else if (isCurrent) this.#deliver(answer.layout);
  }

  #isCurrent(number: number | undefined): boolean {
    return this.#busy?.number === number && this.#number === number;
  }

  #workerFailed(): void {
    const underWay = this.#isCurrent(this.#busy?.number) ? this.#busy?.input : undefined;
    const input = this.#next ?? underWay ?? null;
    this.#worker?.terminate();
    this.#worker = null;
    this.#busy = null;
    this.#next = null;
    if (input !== null) this.#here(input);
  }
}
