/** A refusal as the Kubernetes API words it: `kind: Status`. */
import type { ApiAnswer } from "./api-server.ts";
import type { JsonObject } from "./document.ts";
import type { StatusError } from "./object-store.ts";

type Refused = Omit<StatusError, "code"> & { readonly code: number };

export function statusObject({ code, reason, message, kind, name }: Refused): JsonObject {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    ...(kind === undefined ? {} : { details: { name: name ?? "", group: kind.group, kind: kind.resource } }),
    code,
  };
}

export function refused(error: Refused): ApiAnswer {
  return { status: error.code, body: statusObject(error) };
}
