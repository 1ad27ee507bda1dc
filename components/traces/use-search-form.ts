"use client";
/** The search form in the URL, under the API's own names. */
import { parseAsNativeArrayOf, parseAsString, useQueryStates } from "nuqs";
import { useCallback, useMemo } from "react";
import { type Pair, type SearchForm, searchFromPairs, searchToPairs } from "../../lib/view/trace/search-view.ts";

const PARSERS = {
  service: parseAsString,
  operation: parseAsString,
  minDuration: parseAsString,
  maxDuration: parseAsString,
  status: parseAsString,
  hasError: parseAsString,
  attr: parseAsNativeArrayOf(parseAsString),
  edge: parseAsString,
  node: parseAsString,
};

export function useSearchForm(): readonly [SearchForm, (form: SearchForm) => void] {
  const [raw, setRaw] = useQueryStates(PARSERS, { history: "push" });
  const form = useMemo(() => {
    const pairs = Object.entries(raw).flatMap(([name, value]): Pair[] =>
      value === null ? [] : typeof value === "string" ? [[name, value]] : value.map((one): Pair => [name, one]),
    );
    return searchFromPairs(pairs);
  }, [raw]);
  const set = useCallback(
    (next: SearchForm) => {
      const pairs = searchToPairs(next);
      const one = (name: string): string | null => pairs.find(([candidate]) => candidate === name)?.[1] ?? null;
      void setRaw({
        service: one("service"),
        operation: one("operation"),
        minDuration: one("minDuration"),
        maxDuration: one("maxDuration"),
        status: one("status"),
        hasError: one("hasError"),
        attr: next.attributes.length === 0 ? null : [...next.attributes],
        edge: one("edge"),
        node: one("node"),
      });
    },
    [setRaw],
  );
  return [form, set];
}
