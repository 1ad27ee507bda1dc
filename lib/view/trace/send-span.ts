/**
 * The command that fills an empty trace list. In: the OTLP/HTTP receiver's address (`host:port`, or with a scheme) or
 * nothing, then the usual one. Out: one POSIX shell command that sends a span of 83 ms ending now.
 */
const USUAL = "127.0.0.1:4318";

export function sendSpanCommand(listen: Readonly<Record<string, string>> | undefined): string {
  const address = listen?.["otlpHttp"] ?? USUAL;
  const base = /^https?:\/\//.test(address) ? address.replace(/\/+$/, "") : `http://${address}`;
  const span = [
    '"traceId":"5b8efff798038103d269b633813fc60c"',
    '"spanId":"eee19b7ec3c1b174"',
    '"name":"GET /hello"',
    '"kind":2',
    `"startTimeUnixNano":"'$(($(date +%s)*1000000000-83000000))'"`,
    `"endTimeUnixNano":"'$(($(date +%s)*1000000000))'"`,
  ].join(",");
  const resource = '"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"hello"}}]}';
  const body = `{"resourceSpans":[{${resource},"scopeSpans":[{"spans":[{${span}}]}]}]}`;
  return `curl -sS ${base}/v1/traces -H 'content-type: application/json' -d '${body}'`;
}
