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
