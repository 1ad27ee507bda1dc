"use client";
/**
 * Nodes that the user holds in place: this browser's own, kept between visits to the same estate. Where on the picture a node
 * stands only the picture knows: while one is shown it lends its word to whoever pins without it.
 */
import { useCallback, useSyncExternalStore } from "react";
import { NO_PINS, type Pin, type Pins, pinsOf, pinsText, withoutPin, withPin } from "../../lib/view/graph/pins.ts";
import { useMeta } from "./queries.ts";
import { storedValues, useStored } from "./stored-value.ts";

type Place = (id: string) => Pin | null;

const pinsUnder = storedValues<Pins>({
  parse: pinsOf,
  format: (pins) => (pins.size === 0 ? null : pinsText(pins)),
  holds: true,
});
const listeners = new Set<() => void>();
let place: Place | null = null;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The picture that is shown says where a node stands; null: none is shown. */
export function lendPlaces(next: Place | null): void {
  place = next;
  for (const listener of listeners) listener();
}

/** Which estate this is, as far as it is told: a console is of one, but for simulated ones. Null until it is told. */
export function useEstateKey(): string | null {
  const { data } = useMeta();
  return data === undefined ? null : (data.simulated ?? "");
}

export function usePins() {
  const stored = pinsUnder(`meshscope.pins.${useEstateKey() ?? "unknown"}`);
  const pins = useStored(stored, NO_PINS);
  const canPin = useSyncExternalStore(
    subscribe,
    () => place !== null,
    () => false,
  );
  const set = useCallback((id: string, pin: Pin) => void stored.change((now) => withPin(now, id, pin)), [stored]);
  const toggle = useCallback(
    (id: string) => {
      const pin = place?.(id) ?? null;
      stored.change((now) => {
        if (now.has(id)) return withoutPin(now, id);
        return pin === null ? now : withPin(now, id, pin);
      });
    },
    [stored],
  );
  const clear = useCallback(() => void stored.change(() => NO_PINS), [stored]);
  return { pins, canPin, set, toggle, clear } as const;
}
