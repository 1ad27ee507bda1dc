/** Why a scrape failed, as a code that is contract and a sentence that is not. In: errors of node:http. */
export type ScrapeFailureCode =
  | "timeout"
  | "connection_refused"
  | "connection_reset"
  | "name_not_found"
  | "unreachable"
  | "tls_failed"
  | "bad_http"
  | "network_error"
  | "truncated_body"
  | "body_too_large"
  | "bad_gzip"
  | "unsupported_encoding"
  | "stopped"
  /** Any status but 200. */
  | `http_${number}`;

export interface ScrapeFailure {
  readonly code: ScrapeFailureCode;
  readonly message: string;
}

const CODES: ReadonlyMap<string, ScrapeFailureCode> = new Map([
  ["ECONNREFUSED", "connection_refused"],
  ["ECONNRESET", "connection_reset"],
  ["EPIPE", "connection_reset"],
  ["ENOTFOUND", "name_not_found"],
  ["EAI_AGAIN", "name_not_found"],
  ["EHOSTUNREACH", "unreachable"],
  ["ENETUNREACH", "unreachable"],
  ["EADDRNOTAVAIL", "unreachable"],
  ["ETIMEDOUT", "timeout"],
]);

const TLS = /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|EPROTO|HOSTNAME_)/;

export function failureOf(error: NodeJS.ErrnoException): ScrapeFailure {
  const code = error.code ?? "";
  const known = CODES.get(code);
  if (known !== undefined) return { code: known, message: error.message };
  if (TLS.test(code)) return { code: "tls_failed", message: `${code}: ${error.message}` };
  if (code.startsWith("HPE_")) return { code: "bad_http", message: `${code}: ${error.message}` };
  return { code: "network_error", message: `${code}: ${error.message}` };
}
