/** How spans name services is code, and does not cross to another process: a question says that it is asked for there. */
import type { SpanNames } from "../../../lib/query/directory.ts";
import type { ExemplarQuery } from "../../../lib/query/exemplar-query.ts";
import type { TraceQuery } from "../../../lib/query/span-store.ts";

type Named<T> = T & { readonly names?: SpanNames };

/** Whether a question asks for names, and the rest of it. */
export interface Unnamed<T> {
  readonly query: T;
  readonly isNamed: boolean;
}

function cut<T>({ names: _, ...rest }: Named<T>): Omit<Named<T>, "names"> {
  return rest;
}

export function searchWithoutNames({ between, of, ...query }: TraceQuery): Unnamed<TraceQuery> {
  const isNamed = between?.names !== undefined || of?.names !== undefined;
  const ends = between === undefined ? {} : { between: cut(between) };
  return { query: { ...query, ...ends, ...(of === undefined ? {} : { of: cut(of) }) }, isNamed };
}

export function searchWithNames({ query, isNamed }: Unnamed<TraceQuery>, names: SpanNames | undefined): TraceQuery {
  if (!isNamed || names === undefined) return query;
  const { between, of } = query;
  const ends = between === undefined ? {} : { between: { ...between, names } };
  return { ...query, ...ends, ...(of === undefined ? {} : { of: { ...of, names } }) };
}

export function exemplarsWithoutNames({ names, ...query }: ExemplarQuery): Unnamed<ExemplarQuery> {
  return { query, isNamed: names !== undefined };
}

export function exemplarsWithNames(
  { query, isNamed }: Unnamed<ExemplarQuery>,
  names: SpanNames | undefined,
): ExemplarQuery {
  return isNamed && names !== undefined ? { ...query, names } : query;
}
