/** Which columns of a row one counter adds to: a request counts once in each of its class, flags, host and security. */
import type { Measure } from "../model/meaning.ts";
import type { MutableRow } from "./mutable-row.ts";

export function columnsOf(row: MutableRow, measure: Measure): number[] {
  switch (measure.kind) {
    case "requests": {
      const columns = [row.class(measure.code, measure.grpcStatus ?? "")];
      for (const flag of new Set(measure.flags)) columns.push(row.flag(flag));
      if (measure.host !== undefined && measure.host !== "") columns.push(row.host(measure.host));
      if (measure.left && measure.security !== undefined) {
        columns.push(row.security("requests", measure.security, measure.securityReason));
      }
      return columns;
    }
    case "connectionsOpened": {
      const columns = [row.counter("opened")];
      for (const flag of new Set(measure.flags)) columns.push(row.flag(flag));
      if (measure.security !== undefined)
        columns.push(row.security("connections", measure.security, measure.securityReason));
      return columns;
    }
    case "connectionsClosed":
      return [row.counter("closed"), ...[...new Set(measure.flags)].map((flag) => row.flag(flag))];
    default:
      return [row.counter(measure.kind)];
  }
}

/** "2xx" and its like: a source that knows only classes. */
export function isClassOnly(measure: Measure): boolean {
  return measure.kind === "requests" && /^[1-5]xx$/.test(measure.code);
}
