/** Codes of proxies in words: Envoy's response flags (Envoy documentation, "Access logging: response flags") and gRPC statuses. */

const FLAGS: Readonly<Record<string, string>> = {
  DC: "the caller hung up",
  DF: "name resolution failed",
  DI: "delayed by fault injection",
  DO: "dropped by the overload manager",
  DPE: "the caller broke the protocol",
  DT: "the request or connection took too long",
  FI: "aborted by fault injection",
  IH: "refused: a header was not valid",
  LH: "this proxy failed its health check",
  LR: "this proxy reset the connection",
  NC: "no such upstream cluster",
  NFCF: "the cluster was not found in time",
  NR: "no route for it",
  OM: "the overload manager ended it",
  RFCF: "the filter's configuration is missing",
  RL: "rate limited",
  RLSE: "the rate limit service failed",
  SI: "the stream was idle too long",
  UAEX: "refused by authorization",
  UC: "the upstream hung up",
  UF: "the upstream connection failed",
  UH: "no healthy upstream host",
  UMSDR: "the stream ran too long",
  UO: "upstream overflow: the circuit breaker is open",
  UPE: "the upstream broke the protocol",
  UR: "the upstream reset the stream",
  URX: "the retry limit was reached",
  UT: "the upstream took too long",
  // Linkerd's errors, in capitals: outbound routes, then its older metrics.
  CANCEL: "the caller cancelled it",
  ENHANCE_YOUR_CALM: "the upstream asked for fewer requests",
  FAIL_FAST: "failed at once: no endpoint was available",
  FAILFAST: "failed at once: no endpoint was available",
  GATEWAY_DOMAIN_INVALID: "the gateway does not serve this host",
  GATEWAY_LOOP: "it came back to the same gateway",
  GO_AWAY: "the upstream closed the connection",
  I_O: "the connection broke",
  IDENTITY_REQUIRED: "the upstream showed another identity than was asked for",
  IDLE_TIMEOUT: "the stream was idle too long",
  IO: "the connection broke",
  LOAD_SHED: "shed: too many requests were waiting",
  LOADSHED: "shed: too many requests were waiting",
  REFUSED: "the upstream refused the stream",
  REQUEST_TIMEOUT: "the request took longer than its route allows",
  RESET: "the stream was reset",
  RESPONSE_HEADERS_TIMEOUT: "the answer's headers came too late",
  RESPONSE_STREAM_TIMEOUT: "the answer took longer than its route allows",
  RESPONSE_TIMEOUT: "the answer came too late",
  UNEXPECTED: "the proxy met an error that it has no name for",
  "-": "no flag",
  other: "flags over the limit of 32, together",
};

export function flagWords(flag: string): string {
  return FLAGS[flag] ?? "a flag not known to this version";
}

const GRPC = [
  "OK",
  "cancelled",
  "unknown",
  "invalid argument",
  "deadline exceeded",
  "not found",
  "already exists",
  "permission denied",
  "resource exhausted",
  "failed precondition",
  "aborted",
  "out of range",
  "unimplemented",
  "internal",
  "unavailable",
  "data loss",
  "unauthenticated",
];

/** Name of a decimal gRPC status (grpc/doc/statuscodes.md); empty when there is none. */
export function grpcWords(status: string): string {
  return GRPC[Number(status)] ?? "";
}
