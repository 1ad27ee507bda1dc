/** `GET /store`: what the store says of itself. Of a store in a process of its own, as it said within the last second. */
import { type StoreFacts, storeFactsSchema } from "../../../lib/query/schema/store.ts";
import { json, type Route, route } from "../route.ts";

export function storeRoute(facts: () => StoreFacts): Route {
  return route({
    method: "GET",
    path: "/store",
    summary: "The store: what it holds and since when, its log, its last error",
    answer: storeFactsSchema,
    handle: () => json(facts()),
  });
}
