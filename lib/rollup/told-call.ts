/** What the pairing tells and whom: the language between it and what folds calls into rows. */
import type { Endpoint } from "../model/identity.ts";
import type { KnownEnd, Reading } from "./side-book.ts";

/** One call, from whichever spans of it arrived. Only lent: the next one is told with the same object. */
export interface ToldCall {
  source: KnownEnd;
  target: KnownEnd;
  isGrpc: boolean;
  /** What the span says that told it: its service's covered time is the denominator of a rate. */
  by: Reading;
  /** Share of requests that were kept when this one was; null where neither span says it. */
  sampled: number | null;
  endMs: number;
  durationMs: number;
}

export interface PairingSink {
  call(call: Readonly<ToldCall>): void;
  /** A client, whom it named, and the service that turned out to answer there under another name. */
  learn(source: Endpoint, named: Endpoint, target: Endpoint): void;
}
