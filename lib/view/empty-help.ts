/** What to do when nothing has come in yet. In: the collector's listening addresses by receiver; out: text to copy. */

/** "http://127.0.0.1:4318" of "127.0.0.1:4318" and of the whole URL; the default where it is not known. */
function httpAddress(listen: Readonly<Record<string, string>>, name: string, fallbackPort: number): string {
  const address = listen[name];
  if (address === undefined) return `http://127.0.0.1:${fallbackPort}`;
  return address.includes("://") ? address : `http://${address}`;
}

export function otlpEndpoint(listen: Readonly<Record<string, string>>): string {
  return httpAddress(listen, "otlpHttp", 4318);
}

export function zipkinEndpoint(listen: Readonly<Record<string, string>>): string {
  return `${httpAddress(listen, "zipkin", 9411)}/api/v2/spans`;
}

export function apiAddress(listen: Readonly<Record<string, string>>): string {
  return httpAddress(listen, "api", 4320);
}

/** For an application with an OpenTelemetry SDK. */
export function otlpCommand(listen: Readonly<Record<string, string>>): string {
  return `OTEL_EXPORTER_OTLP_ENDPOINT=${otlpEndpoint(listen)} npm start`;
}

/** `meshscope.yaml`: one sidecar's exposition. */
export const SCRAPE_SNIPPET = `scrape:
  - name: shop
    mesh: istio
    interval: 10s
    targets: ["http://127.0.0.1:15090/stats/prometheus"]`;

/** The call that gives the same data. */
export function curlLine(listen: Readonly<Record<string, string>>, path: string): string {
  return `curl -s '${apiAddress(listen)}/api/v1${path}'`;
}
