/**
 * Bytes → JSON value, with integers kept exact. In: a body in UTF-8. Out: what JSON.parse gives, but an integer of 16
 * digits or more is a string of its digits, since a double would round it (nanosecond times are such integers).
 * Errors: `utf8_invalid`, `json_syntax` with the character offset where the engine names one.
 */
import { err, ok, type Result } from "../../base/result.ts";
import type { WireError } from "./wire-error.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });
const LONG_INTEGER = /[:[,\s]-?\d{16}/;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Index after the closing quote of the string that opens at `from`, or the end. */
function stringEnd(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at += 2;
    else if (code === QUOTE) return at + 1;
    else at += 1;
  }
  return text.length;
}

/** Index after the characters that can stand in a number. */
function numberEnd(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && /[0-9.eE+-]/.test(text.charAt(at))) at += 1;
  return at;
}

/** Puts integers of 16 digits or more in quotes; strings and other numbers are untouched. */
export function quoteLongIntegers(text: string): string {
  const pieces: string[] = [];
  let copied = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = stringEnd(text, at);
    else if (isDigit(code) || code === MINUS) {
      const end = numberEnd(text, at);
      const literal = text.slice(at, end);
      if (/^-?[1-9]\d{15,}$/.test(literal)) {
        pieces.push(text.slice(copied, at), `"${literal}"`);
        copied = end;
      }
      at = end;
    } else at += 1;
  }
  return pieces.length === 0 ? text : pieces.join("") + text.slice(copied);
}

export function parseJson(bytes: Uint8Array): Result<unknown, WireError> {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return err({ code: "utf8_invalid", message: "the body is not UTF-8", path: "$", offset: null });
  }
  try {
    const value: unknown = JSON.parse(LONG_INTEGER.test(text) ? quoteLongIntegers(text) : text);
    return ok(value);
  } catch (error) {
    const message = error instanceof Error ? error.message : "not JSON";
    const position = /position (\d+)/.exec(message)?.[1];
    const offset = position === undefined ? null : Number(position);
    return err({ code: "json_syntax", message: "the body is not JSON", path: "$", offset });
  }
}
