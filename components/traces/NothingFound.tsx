"use client";
/** No trace: because of the conditions, because of the window, or because none was ever sent; and what to do. */
import { span } from "../../lib/view/time.ts";
import { sendSpanCommand } from "../../lib/view/trace/send-span.ts";
import { useMeta } from "../data/queries.ts";
import { Button } from "../ui/Button.tsx";
import { CodeLine } from "../ui/CodeLine.tsx";
import { Notice } from "../ui/Notice.tsx";
import type { SearchWindow } from "./queries.ts";

interface NothingFoundProps {
  readonly window: SearchWindow;
  readonly isFiltered: boolean;
  readonly canWiden: boolean;
  readonly onClear: () => void;
  readonly onWiden: () => void;
}

export function NothingFound({ window, isFiltered, canWiden, onClear, onWiden }: NothingFoundProps) {
  const { data: meta } = useMeta();
  const when = span(window.start, window.end, window.end);
  return (
    <Notice title={isFiltered ? "No trace has a span like that" : "No trace in this window"}>
      <p suppressHydrationWarning>
        {isFiltered
          ? `Looked at spans that started within ${when}. All conditions must hold on one span.`
          : `No span started within ${when}. Point an OpenTelemetry exporter, a proxy’s tracer or this command at the collector:`}
      </p>
      {isFiltered ? null : <CodeLine text={sendSpanCommand(meta?.listen)} label="command that sends a span" />}
      <div className="flex flex-wrap gap-2">
        {isFiltered ? <Button onClick={onClear}>Clear the conditions</Button> : null}
        {canWiden ? <Button onClick={onWiden}>Look at the last hour</Button> : null}
      </div>
    </Notice>
  );
}
