"use client";
/**
 * Nodes that the user holds in place: this browser's own, kept between visits to the same estate. Where on the picture a node
 * stands only the picture knows: while one is shown it lends its word to whoever pins without it.
 */
import { useCallback, useSyncExternalStore } from "react";
import { NO_PINS, type Pin, type Pins, pinsOf, pinsText, withoutPin, withPin } from "../../lib/view/graph/pins.ts";
import { useMeta } from "./queries.ts";

type Place = (id: string) => Pin | null;

const listeners = new Set<() => void>();
const held = new Map<string, Pins>();
let place: Place | null = null;

function stored(key: string): Pins {
  try {
    return pinsOf(localStorage.getItem(key));
  } catch {
    return NO_PINS;
  }
}

function read(key: string): Pins {
  const known = held.get(key) ?? stored(key);
  held.set(key, known);
  return known;
}

function tell(): void {
  for (const listener of listeners) listener();
}

function keep(key: string, pins: Pins): void {
  held.set(key, pins);
  try {
    if (pins.size === 0) localStorage.removeItem(key);
    else localStorage.setItem(key, pinsText(pins));
  } catch {
    // Storage is refused: they hold for this visit.
  }
  tell();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The picture that is shown says where a node stands; null: none is shown. */
export function lendPlaces(next: Place | null): void {
  place = next;
  tell();
}

/** Which estate this is, as far as it is told: a console is of one, but for simulated ones. Null until it is told. */
export function useEstateKey(): string | null {
  const { data } = useMeta();
  return data === undefined ? null : (data.simulated ?? "");
}

export function usePins() {
  const key = `meshscope.pins.${useEstateKey() ?? "unknown"}`;
  const pins = useSyncExternalStore(
    subscribe,
    () => read(key),
    () => NO_PINS,
  );
  const canPin = useSyncExternalStore(
    subscribe,
    () => place !== null,
    () => false,
  );
  const set = useCallback((id: string, pin: Pin) => keep(key, withPin(read(key), id, pin)), [key]);
  const toggle = useCallback(
    (id: string) => {
      const known = read(key);
      const pin = place?.(id) ?? null;
      if (known.has(id)) keep(key, withoutPin(known, id));
      else if (pin !== null) keep(key, withPin(known, id, pin));
    },
    [key],
  );
  const clear = useCallback(() => keep(key, NO_PINS), [key]);
  return { pins, canPin, set, toggle, clear } as const;
}
