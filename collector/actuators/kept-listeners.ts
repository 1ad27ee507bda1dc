/** What an abort signal keeps, for tests: its listeners, and signals that `AbortSignal.any` made of it, gone or not. */
import { getEventListeners } from "node:events";
import { isSet } from "node:util/types";

export function keptBy(signal: AbortSignal): number {
  const symbol = Object.getOwnPropertySymbols(signal).find(({ description }) => description === "kDependantSignals");
  // Node's own kind of set, which is no instance of `Set`.
  const dependants: unknown = symbol === undefined ? undefined : Reflect.get(signal, symbol);
  return getEventListeners(signal, "abort").length + (isSet(dependants) ? dependants.size : 0);
}
