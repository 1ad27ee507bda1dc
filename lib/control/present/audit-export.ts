/**
 * The audit as a file: CSV (RFC 4180, with a line of names) or JSON lines, one entry a line. A cell that a spreadsheet
 * would take for a formula gets a ' in front (`=`, `+`, `-`, `@`, tab, return): reasons are people's own text.
 */
import type { AuditEntry } from "../../query/schema/audit.ts";

const COLUMNS = [
  ...(["atMs", "actor", "action", "reason", "mesh", "cluster", "namespace", "object", "rollout"] as const),
  ...(["intentId", "revision", "outcome", "before", "after", "evidence", "id"] as const),
] as const;

function cell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvHead(): string {
  return `time,${COLUMNS.join(",")}\r\n`;
}

/** With the time in ISO 8601 beside the milliseconds. */
export function csvLine(entry: AuditEntry): string {
  const time = new Date(entry.atMs).toISOString();
  return `${[time, ...COLUMNS.map((column) => cell(entry[column]))].join(",")}\r\n`;
}

export function jsonLine(entry: AuditEntry): string {
  return `${JSON.stringify(entry)}\n`;
}
