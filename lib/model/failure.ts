/**
 * One rule for "this request failed", shared by graph, health and judge. HTTP 5xx or no response; gRPC UNKNOWN (2),
 * DEADLINE_EXCEEDED (4), UNIMPLEMENTED (12), INTERNAL (13), UNAVAILABLE (14), DATA_LOSS (15). HTTP 4xx and every other
 * non-zero gRPC code is the client's error. A gRPC status speaks before the HTTP code that carried it.
 */
export type Outcome = "success" | "clientError" | "failure";

const GRPC_FAILURES = new Set(["2", "4", "12", "13", "14", "15"]);

/**
 * `code`: "200", "2xx", "none", or "ok" and "error" of spans that have no code; `grpcStatus`: decimal, or empty when the
 * request is not gRPC.
 */
export function outcomeOf(code: string, grpcStatus: string): Outcome {
  if (code === "none" || code === "error" || code.startsWith("5")) return "failure";
  if (grpcStatus !== "" && grpcStatus !== "0") return GRPC_FAILURES.has(grpcStatus) ? "failure" : "clientError";
  return code.startsWith("4") ? "clientError" : "success";
}

export function isFailure(code: string, grpcStatus: string): boolean {
  return outcomeOf(code, grpcStatus) === "failure";
}
