"use client";
/** Nothing has come in: the two ways to send data, with this collector's own addresses. */
import { otlpCommand, SCRAPE_SNIPPET, zipkinEndpoint } from "../../lib/view/empty-help.ts";
import { useMeta } from "../data/queries.ts";
import { CodeLine } from "../ui/CodeLine.tsx";
import { Notice } from "../ui/Notice.tsx";

export function EmptyEstate({ title }: { readonly title: string }) {
  const { data: meta } = useMeta();
  const listen = meta?.listen ?? {};
  return (
    <Notice title={title}>
      <p>Send spans from anything with an OpenTelemetry SDK:</p>
      <CodeLine label="command" text={otlpCommand(listen)} />
      <p>
        Or let the collector read the proxies: put their addresses into{" "}
        <code className="font-mono">meshscope.yaml</code> and start it again with{" "}
        <code className="font-mono">-- --config meshscope.yaml</code>.
      </p>
      <CodeLine label="configuration" text={SCRAPE_SNIPPET} />
      <p>
        Zipkin spans go to <code className="break-all font-mono">{zipkinEndpoint(listen)}</code>. To look around without
        a mesh: <code className="font-mono">npm run demo</code>.
      </p>
    </Notice>
  );
}
