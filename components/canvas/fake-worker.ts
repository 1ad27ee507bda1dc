/** For tests: a worker that answers when it is told to, as layout.worker.ts would. */
import { layoutGraph } from "../../lib/view/graph/layout-graph.ts";
import type { LayoutAnswer, LayoutRequest } from "./layout-service.ts";

export class FakeWorker extends EventTarget {
  static made: FakeWorker[] = [];
  readonly requests: LayoutRequest[] = [];
  stopped = false;
  #answered = 0;

  constructor() {
    super();
    FakeWorker.made.push(this);
  }

  postMessage(request: LayoutRequest): void {
    this.requests.push(request);
  }

  terminate(): void {
    this.stopped = true;
  }

  answer(index: number): void {
    const request = this.requests[index];
    if (request === undefined) throw new Error("no such request");
    const layout = layoutGraph(request.input, request.previous, request.seed);
    this.dispatchEvent(new MessageEvent<LayoutAnswer>("message", { data: { number: request.number, layout } }));
  }

  /** Whatever was not answered yet, and what is asked for meanwhile. */
  answerRest(): void {
    for (; this.#answered < this.requests.length; this.#answered++) this.answer(this.#answered);
  }
}
