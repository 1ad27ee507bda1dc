/**
 * How far each log is stored in ClickHouse, in a file beside the log: it is lost when the log is, never before it, and can
 * be read while ClickHouse is down. Before a group of batches is sent, the file says which: a group that was cut off by a
 * crash is sent again as the very same group, so that ClickHouse knows it by its token.
 *
 * The file has a line a log: name, position stored through, position of the end of the group sent last (tabs between).
 */
import { comparePositions, LOG_START, type LogPosition } from "../../../lib/query/store-engine.ts";
import { readIfThere, writeDurably } from "./durable-file.ts";

interface Mark {
  readonly through: LogPosition;
  /** End of the group that was sent, or is about to be. */
  readonly sent: LogPosition;
}

const print = ({ segment, offset }: LogPosition): string => `${segment}:${offset}`;

function parse(text: string | undefined): LogPosition {
  const [segment, offset] = (text ?? "").split(":").map(Number);
  return Number.isSafeInteger(segment) && Number.isSafeInteger(offset)
    ? { segment: segment ?? 0, offset: offset ?? 0 }
    : LOG_START;
}

export class Marks {
  private readonly path: string;
  private readonly marks: Map<string, Mark>;

  private constructor(path: string, marks: Map<string, Mark>) {
    this.path = path;
    this.marks = marks;
  }

  static async open(path: string): Promise<Marks> {
    const lines = ((await readIfThere(path)) ?? "").split("\n").filter((line) => line !== "");
    const marks = lines.map((line) => {
      const [log, through, sent] = line.split("\t");
      return [log ?? "", { through: parse(through), sent: parse(sent) }] as const;
    });
    return new Marks(path, new Map(marks));
  }

  through(log: string): LogPosition {
    return this.marks.get(log)?.through ?? LOG_START;
  }

  all(): ReadonlyMap<string, LogPosition> {
    return new Map([...this.marks].map(([log, { through }]) => [log, through]));
  }

  /** End of a group of which is not known whether it arrived. */
  unsettled(log: string): LogPosition | undefined {
    const mark = this.marks.get(log);
    return mark !== undefined && comparePositions(mark.sent, mark.through) > 0 ? mark.sent : undefined;
  }

  /** Durable before the group is sent. */
  async intend(log: string, to: LogPosition): Promise<void> {
    const known = this.marks.get(log);
    if (known !== undefined && comparePositions(known.sent, to) === 0) return;
    this.marks.set(log, { through: this.through(log), sent: to });
    await this.save();
  }

  /** Written down with the next group: until then a crash only makes the last group be asked for again. */
  settle(log: string, to: LogPosition): void {
    this.marks.set(log, { through: to, sent: to });
  }

  async save(): Promise<void> {
    const lines = [...this.marks].map(([log, { through, sent }]) => `${log}\t${print(through)}\t${print(sent)}\n`);
    await writeDurably(this.path, lines.join(""));
  }
}
