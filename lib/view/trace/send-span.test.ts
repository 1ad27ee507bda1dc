import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { sendSpanCommand } from "./send-span.ts";

/** Runs the command with a `curl` that prints its last argument. */
function bodyOf(command: string): unknown {
  const script = `curl() { for last in "$@"; do :; done; printf %s "$last"; }\n${command}`;
  return JSON.parse(execFileSync("sh", ["-c", script], { encoding: "utf8" }));
}

test("the command sends one span of 83 ms in well-formed OTLP JSON", () => {
  const body = bodyOf(sendSpanCommand(undefined));
  expect(body).toMatchObject({ resourceSpans: [{ scopeSpans: [{ spans: [{ name: "GET /hello", kind: 2 }] }] }] });
  const times = JSON.stringify(body).match(/\d{19}/g) ?? [];
  expect(times.length).toBe(2);
  expect(Number(BigInt(times[1] ?? 0) - BigInt(times[0] ?? 0)) / 1e6).toBeCloseTo(83, -4);
});

test("the command names the receiver that listens", () => {
  expect(sendSpanCommand({ otlpHttp: "127.0.0.1:54318" })).toContain(" http://127.0.0.1:54318/v1/traces ");
  expect(sendSpanCommand({ otlpHttp: "https://collect.example/" })).toContain(" https://collect.example/v1/traces ");
  expect(sendSpanCommand({})).toContain(" http://127.0.0.1:4318/v1/traces ");
});
