/** Whether text is a trace id to jump to: 32 hex digits, or 16 for the low half. Out: lower case, or undefined. */
export function asTraceId(text: string): string | undefined {
  const id = text.trim().toLowerCase();
  return /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/.test(id) ? id : undefined;
}
