/**
 * A watch: events of one kind as lines of JSON, from a version on. In: a store, what is asked for and a response that is
 * written to until it ends. From version 0 or none it begins with what is there. A version that is no longer known gets
 * one ERROR event with 410. Bookmarks come every few seconds where they are asked for.
 */
import type { ServerResponse } from "node:http";
import { SIMULATED } from "./api-server.ts";
import { type JsonObject, textAt } from "./document.ts";
import { apiVersionOf, type ResourceKind } from "./kubernetes-kinds.ts";
import { statusObject } from "./kubernetes-status.ts";
import type { ObjectEvent, ObjectStore } from "./object-store.ts";

const BOOKMARK_MS = 5_000;
const LONGEST_SEC = 1_800;

export interface WatchRequest {
  readonly kind: ResourceKind;
  readonly wanted: (object: JsonObject) => boolean;
  readonly query: URLSearchParams;
}

export function watch(store: ObjectStore, { kind, wanted, query }: WatchRequest, response: ServerResponse): void {
  response.writeHead(200, { ...SIMULATED, "content-type": "application/json" });
  response.flushHeaders();
  const line = (type: string, object: JsonObject): void => {
    response.write(`${JSON.stringify({ type, object })}\n`);
  };
  const from = query.get("resourceVersion") ?? "";
  const fresh = from === "" || from === "0";
  const missed = fresh ? [] : store.eventsSince(Number(from));
  if (missed === undefined || Number.isNaN(Number(from))) {
    const message = `too old resource version: ${from} (${store.revision})`;
    line("ERROR", statusObject({ code: 410, reason: "Expired", message }));
    response.end();
    return;
  }
  const tell = (event: ObjectEvent): void => {
    if (event.kind === kind && wanted(event.object)) line(event.type, event.object);
  };
  if (fresh) for (const object of store.list(kind).filter(wanted)) line("ADDED", object);
  for (const event of missed) tell(event);
  const stop = store.subscribe(tell);
  const timers = [setTimeout(() => response.end(), limitSec(query) * 1000)];
  if (query.get("allowWatchBookmarks") === "true" || query.get("allowWatchBookmarks") === "1") {
    const bookmark = (): void => {
      const metadata = { resourceVersion: String(store.revision), creationTimestamp: null };
      line("BOOKMARK", { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata });
    };
    timers.push(setInterval(bookmark, BOOKMARK_MS));
  }
  response.once("close", () => {
    stop();
    for (const timer of timers) clearTimeout(timer);
  });
}

function limitSec(query: URLSearchParams): number {
  const asked = Number(query.get("timeoutSeconds") ?? LONGEST_SEC);
  return asked > 0 && asked < LONGEST_SEC ? asked : LONGEST_SEC;
}

/** `a=b,c!=d,e`: what the selectors of a request let through. */
export function selected(query: URLSearchParams): (object: JsonObject) => boolean {
  const of = (name: string): readonly string[] => (query.get(name) ?? "").split(",").filter((part) => part !== "");
  const labels = of("labelSelector").map((term) =>
    selecting(term, (object, key) => textAt(object, "metadata", "labels", key)),
  );
  const fields = of("fieldSelector").map((term) => selecting(term, (object, key) => textAt(object, ...key.split("."))));
  return (object) => [...labels, ...fields].every((isWanted) => isWanted(object));
}

function selecting(term: string, read: (object: JsonObject, key: string) => string): (object: JsonObject) => boolean {
  const match = /^([^=!]+?)\s*(!=|==?)\s*(.*)$/.exec(term.trim());
  if (match === null) return (object) => read(object, term.trim()) !== "";
  const [, key = "", operator, value = ""] = match;
  return (object) => (read(object, key) === value) === (operator !== "!=");
}
