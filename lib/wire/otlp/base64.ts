/** Standard base64 (RFC 4648 §4, padded): the text form of an attribute's bytes, whichever encoding they came in. */
import { base64url } from "../../base/encoding.ts";

function standard(text: string): string {
  const digits = text.replace(/=+$/, "").replaceAll("-", "+").replaceAll("_", "/");
  return digits + "=".repeat((4 - (digits.length % 4)) % 4);
}

export function base64(bytes: Uint8Array): string {
  return standard(base64url(bytes));
}

/** Either alphabet, with or without padding, to the standard form; undefined when it is not base64. */
export function normalBase64(text: string): string | undefined {
  const digits = text.replace(/={1,2}$/, "");
  return /^[A-Za-z0-9+/_-]*$/.test(digits) && digits.length % 4 !== 1 ? standard(digits) : undefined;
}
