/**
 * A board in a receiving process. In: what receivers tell of themselves. Out: the same calls, in order, for main's board,
 * which adds up all processes. On main: the calls played to the sources there.
 */
import type { Board, HttpKind } from "../receivers/start.ts";
import type { SourceDescription, SourceTally } from "../telemetry/source-board.ts";
import type { TallyCall } from "./messages.ts";

function kindOf({ kind }: SourceDescription): HttpKind {
  return kind === "zipkin" ? kind : "otlpHttp";
}

class RemoteTally implements SourceTally {
  readonly description: SourceDescription;
  private readonly kind: HttpKind;
  private readonly tell: (call: TallyCall) => void;
  /** Notes that stand: one that is cleared again and again is told once. */
  private readonly notes = new Map<string, string>();

  constructor(description: SourceDescription, tell: (call: TallyCall) => void) {
    this.description = description;
    this.kind = kindOf(description);
    this.tell = tell;
  }

  succeeded(items: number, durationMs?: number): void {
    const duration = durationMs === undefined ? {} : { durationMs };
    this.tell({ call: "succeeded", kind: this.kind, items, ...duration });
  }

  failed(code: string, message: string): void {
    this.tell({ call: "failed", kind: this.kind, code, message });
  }

  dropped(code: string, items: number, message?: string): void {
    if (items <= 0) return;
    const what = message === undefined ? {} : { message };
    this.tell({ call: "dropped", kind: this.kind, code, items, ...what });
  }

  note(code: string, message: string): void {
    if (this.notes.get(code) === message) return;
    this.notes.set(code, message);
    this.tell({ call: "note", kind: this.kind, code, message });
  }

  clearNote(code: string): void {
    if (this.notes.delete(code)) this.tell({ call: "clearNote", kind: this.kind, code });
  }
}

export function remoteBoard(tell: (call: TallyCall) => void): Board {
  return { open: (description) => new RemoteTally(description, tell) };
}

/** Does to a source on main what was done to the one it stands for. */
export function replay(call: TallyCall, source: SourceTally): void {
  switch (call.call) {
    case "succeeded":
      source.succeeded(call.items, call.durationMs);
      break;
    case "failed":
      source.failed(call.code, call.message);
      break;
    case "dropped":
      source.dropped(call.code, call.items, call.message);
      break;
    case "note":
      source.note(call.code, call.message);
      break;
    case "clearNote":
      source.clearNote(call.code);
      break;
  }
}
