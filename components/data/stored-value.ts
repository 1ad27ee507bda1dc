"use client";
/**
 * A value that this browser keeps under a key, one for all its tabs: read again before it is changed, so that no tab writes back what it
 * read long ago, and followed as another tab changes it. Where storage is refused a value holds for this visit, or not at all.
 */
import { useSyncExternalStore } from "react";

interface Codec<T> {
  /** Null: nothing is stored. What cannot be read is read as if nothing were. */
  readonly parse: (text: string | null) => T;
  /** Null: nothing is to be stored. */
  readonly format: (value: T) => string | null;
  /** Whether what storage refuses holds for this visit. */
  readonly holds: boolean;
}

export interface Stored<T> {
  /** The same object while what is stored is the same. */
  readonly read: () => T;
  /** False where storage refused it. */
  readonly change: (to: (now: T) => T) => boolean;
  readonly subscribe: (listener: () => void) => () => void;
}

function put(key: string, text: string | null): boolean {
  try {
    if (text === null) localStorage.removeItem(key);
    else localStorage.setItem(key, text);
    return true;
  } catch {
    return false;
  }
}

export function storedValue<T>(key: string, { parse, format, holds }: Codec<T>): Stored<T> {
  const listeners = new Set<() => void>();
  let known: { readonly text: string | null; readonly value: T } | null = null;
  /** What storage refused; undefined: nothing. */
  let refused: string | null | undefined;

  const text = (): string | null => {
    if (refused !== undefined) return refused;
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const read = (): T => {
    const now = text();
    if (known?.text !== now) known = { text: now, value: parse(now) };
    return known.value;
  };
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  /** A null key: all was cleared. */
  const elsewhere = (event: StorageEvent): void => {
    if (event.key !== key && event.key !== null) return;
    refused = undefined;
    tell();
  };
  return {
    read,
    change: (to) => {
      const next = format(to(read()));
      const isKept = put(key, next);
      refused = isKept || !holds ? undefined : next;
      tell();
      return isKept;
    },
    subscribe: (listener) => {
      if (listeners.size === 0) window.addEventListener("storage", elsewhere);
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) window.removeEventListener("storage", elsewhere);
      };
    },
  };
}

/** Of keys that are known only as the page runs: one for each. */
export function storedValues<T>(codec: Codec<T>): (key: string) => Stored<T> {
  const known = new Map<string, Stored<T>>();
  return (key) => {
    const stored = known.get(key) ?? storedValue(key, codec);
    known.set(key, stored);
    return stored;
  };
}

/** `usual`: what is drawn where there is no storage yet, on the server. */
export function useStored<T>({ subscribe, read }: Stored<T>, usual: T): T {
  return useSyncExternalStore(subscribe, read, () => usual);
}
