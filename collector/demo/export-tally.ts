/** How many spans went out per format, how many were lost and why. In: outcomes. Out: figures for the control API. */
import type { SpanFormat } from "../../lib/world/spec.ts";

export interface ExportFigures {
  sent: number;
  failed: number;
  lastError: string | null;
}

export class ExportTally {
  readonly figures: Readonly<Record<SpanFormat, ExportFigures>> = {
    otlpJson: { sent: 0, failed: 0, lastError: null },
    otlpProto: { sent: 0, failed: 0, lastError: null },
    zipkin: { sent: 0, failed: 0, lastError: null },
    zipkinProto: { sent: 0, failed: 0, lastError: null },
  };

  sent(format: SpanFormat, spans: number): void {
    this.figures[format].sent += spans;
  }

  failed(format: SpanFormat, spans: number, why: string): void {
    this.figures[format].failed += spans;
    this.figures[format].lastError = why;
  }
}
