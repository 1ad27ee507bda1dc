/**
 * What an API server's answer means. In: status and body (a `Status` object, an object, or plain text of something in
 * between). Out: the outcome of a patch or of a read. A lost race is 409, or 422 when a `test` of a JSON Patch failed; a
 * schema's refusal is 422 as well, but names fields. A webhook's refusal comes with any 4xx, told by its text alone.
 */
import { err, ok, type Result } from "../../base/result.ts";
import { at, type Json, type JsonObject, listOf, objectOf, textOf } from "./document.ts";

export type PatchOutcome =
  | { readonly kind: "applied"; readonly object: JsonObject }
  /** The object is another than the one that was planned from; or a test failed: another look tells which. */
  | { readonly kind: "stale"; readonly message: string }
  | { readonly kind: "invalid"; readonly message: string }
  | { readonly kind: "forbidden"; readonly message: string }
  | { readonly kind: "unavailable"; readonly message: string }
  /** It may have been carried out: something in between gave up waiting. */
  | { readonly kind: "unknown" };

export interface AnswerFailure {
  readonly code: "not_found" | "not_served" | "forbidden" | "expired" | "unavailable" | "unreadable";
  readonly message: string;
}

const LONGEST_MESSAGE = 1_000;

export function parsedJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function messageOf(status: number, text: string): string {
  const whole = textOf(at(parsedJson(text), "message")) ?? text.trim();
  // The words for a member that is not known stand behind the whole object.
  const told = /strict decoding error: .*$/s.exec(whole)?.[0] ?? whole;
  return (told === "" ? `the server answered ${status}` : told).slice(0, LONGEST_MESSAGE);
}

/** Texts of admission: a webhook or a policy said no, whatever the status. */
const DENIED = /admission webhook "[^"]*" denied the request|ValidatingAdmissionPolicy '[^']*' .*denied request/s;

function namesFields(text: string): boolean {
  return listOf(at(parsedJson(text), "details", "causes")).some((cause) => textOf(at(cause, "field")) !== undefined);
}

/** Errors of 5xx after which the write may stand: a gateway's or the storage's own deadline. */
function mayStand(status: number, message: string): boolean {
  return (
    status === 502 || status === 504 || /request timed out|did not complete within|context deadline/i.test(message)
  );
}

/** What a PATCH came to. */
export function patchOutcome(status: number, text: string): PatchOutcome {
  const message = messageOf(status, text);
  if (status >= 200 && status < 300) {
    const object = objectOf(parsedJson(text));
    // It was taken; what it made of it is not known.
    return object === undefined ? { kind: "unknown" } : { kind: "applied", object };
  }
  if (status < 500 && DENIED.test(message)) return { kind: "invalid", message };
  if (status === 401) return { kind: "forbidden", message: `the credentials are not accepted: ${message}` };
  if (status === 403) return { kind: "forbidden", message };
  if (status === 409 || (status === 422 && !namesFields(text))) return { kind: "stale", message };
  if (status === 429) return { kind: "unavailable", message: `429: ${message}` };
  if (status >= 400 && status < 500) return { kind: "invalid", message };
  return mayStand(status, message) ? { kind: "unknown" } : { kind: "unavailable", message: `${status}: ${message}` };
}

/** What a GET came to. */
export function readOutcome(status: number, text: string): Result<JsonObject, AnswerFailure> {
  const message = messageOf(status, text);
  if (status === 200) {
    const object = objectOf(parsedJson(text));
    return object === undefined
      ? err({ code: "unreadable", message: `no JSON object was answered: ${text.slice(0, 100)}` })
      : ok(object);
  }
  if (status === 401) return err({ code: "forbidden", message: `the credentials are not accepted: ${message}` });
  if (status === 403) return err({ code: "forbidden", message });
  // A 404 that names no object is one for its whole kind: the API does not serve it.
  if (status === 404) {
    const isNamed = at(parsedJson(text), "details", "name") !== undefined;
    return err({ code: isNamed ? "not_found" : "not_served", message });
  }
  return err({ code: status === 410 ? "expired" : "unavailable", message: `${status}: ${message}` });
}
