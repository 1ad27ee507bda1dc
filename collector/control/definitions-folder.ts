/**
 * The folder of rollout definitions: one YAML file each, read again whenever anything in the folder changes. In: a folder;
 * out: definitions that may be started, and for every other file what is wrong and at which line and column. Files that
 * wait for each other in a circle are refused with the circle named; of two files with one id neither is taken. A file is
 * never started by itself: a person starts it, and its id is one release.
 */
import { type FSWatcher, watch } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { LineCounter, type ParsedNode, parseDocument } from "yaml";
import type { z } from "zod";
import { err, ok, type Result } from "../../lib/base/result.ts";
import { checkDefinition, type Definition } from "../../lib/control/rollout/definition.ts";
import { circleIn } from "../../lib/control/rollout/dependencies.ts";
import { definitionOf } from "../../lib/control/rollout/from-body.ts";
import { definitionSchema } from "../../lib/query/schema/rollout-definition.ts";
import { positionIn } from "../config/yaml-position.ts";
import type { Log } from "../telemetry/log.ts";

export interface DefinitionFault {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
  readonly code: string;
  readonly message: string;
}

export interface DefinitionFile {
  readonly file: string;
  readonly definition: Definition;
}

export interface ReadDefinitions {
  readonly files: readonly DefinitionFile[];
  readonly faults: readonly DefinitionFault[];
}

/** Several writes of one change are read once, ms. */
const SETTLE_MS = 100;
const MAX_FILE_BYTES = 1024 * 1024;

type Parsed = Omit<DefinitionFile, "file"> & { readonly lines: LineCounter; readonly at: Place };
type Place = (path: readonly PropertyKey[], key?: string) => Pick<DefinitionFault, "line" | "column">;

/** What is meant: of a union the one kind that is nearest to what stands there, where there is one. */
function deepest(issue: z.core.$ZodIssue, path: readonly PropertyKey[] = []): z.core.$ZodIssue {
  const here = { ...issue, path: [...path, ...issue.path] };
  if (issue.code !== "invalid_union") return here;
  const fewest = Math.min(...issue.errors.map(({ length }) => length));
  const nearest = issue.errors.filter(({ length }) => length === fewest);
  const [inner] = nearest[0] ?? [];
  return nearest.length === 1 && inner !== undefined ? deepest(inner, here.path) : here;
}

function parse(file: string, text: string): Result<Parsed, DefinitionFault> {
  const lines = new LineCounter();
  const document = parseDocument<ParsedNode, true>(text, { lineCounter: lines });
  const at: Place = (path, key) => {
    const position = positionIn(document, lines, path, key);
    return { line: position?.line ?? null, column: position?.col ?? null };
  };
  const fault = (place: Pick<DefinitionFault, "line" | "column">, code: string, message: string) =>
    err({ file, ...place, code, message });
  const problem = document.errors[0];
  if (problem !== undefined) {
    const { line, col } = lines.linePos(problem.pos[0]);
    return fault({ line, column: col }, "definition_syntax", problem.message.split("\n", 1)[0] ?? "");
  }
  const parsed = definitionSchema.safeParse(document.toJS());
  const issues = parsed.error?.issues ?? [];
  const first = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  if (first !== undefined) {
    const issue = deepest(first);
    const key = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
    const name = [...issue.path, ...(key === undefined ? [] : [key])].join(".");
    const message = key === undefined ? issue.message : "this key is not known";
    return fault(at(issue.path, key), "definition_invalid", `${name === "" ? "" : `${name}: `}${message}`);
  }
  if (!parsed.success) return fault({ line: null, column: null }, "definition_invalid", parsed.error.message);
  const checked = checkDefinition(definitionOf(parsed.data));
  if (checked.ok) return ok({ definition: checked.value, lines, at });
  const { code, field, message } = checked.error;
  const path = field.split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  return fault(at(path), code, `${field}: ${message}`);
}

/** Errors of single files stand in `faults`; a folder that cannot be read is one of them. */
export async function readDefinitions(folder: string): Promise<ReadDefinitions> {
  const nowhere = { line: null, column: null };
  const names = await readdir(folder).catch((error: unknown) => String(error));
  if (typeof names === "string")
    return { files: [], faults: [{ file: folder, ...nowhere, code: "definitions_unreadable", message: names }] };
  const faults: DefinitionFault[] = [];
  const found: (Parsed & { readonly file: string })[] = [];
  for (const file of names.filter((name) => /\.ya?ml$/.test(name) && !name.startsWith(".")).sort()) {
    const text = await readFile(join(folder, file), "utf8").catch((error: unknown) => ({ message: String(error) }));
    const parsed: Result<Parsed, DefinitionFault> =
      typeof text !== "string"
        ? err({ file, ...nowhere, code: "definition_unreadable", message: text.message })
        : text.length > MAX_FILE_BYTES
          ? err({ file, ...nowhere, code: "definition_too_large", message: `more than ${MAX_FILE_BYTES} bytes` })
          : parse(file, text);
    if (parsed.ok) found.push({ file, ...parsed.value });
    else faults.push(parsed.error);
  }
  const odd = [...twice(found), ...circled(found)];
  const refused = new Set(odd.map(({ file }) => file));
  return {
    files: found.filter(({ file }) => !refused.has(file)).map(({ file, definition }) => ({ file, definition })),
    faults: [...faults, ...odd],
  };
}

type Found = readonly (Parsed & { readonly file: string })[];

function twice(found: Found): readonly DefinitionFault[] {
  return found.flatMap(({ file, definition, at }) => {
    const other = found.find((one) => one.file !== file && one.definition.id === definition.id);
    if (other === undefined) return [];
    return [{ file, ...at(["id"]), code: "id_twice", message: `${definition.id} is the id of ${other.file} as well` }];
  });
}

/** Every file of a circle is refused with it; what merely waits for one of them is not its fault. */
function circled(found: Found): readonly DefinitionFault[] {
  const faults: DefinitionFault[] = [];
  let after = new Map(found.map(({ definition }) => [definition.id, definition.after ?? []] as const));
  for (let circle = circleIn(after); circle !== null; circle = circleIn(after)) {
    const members = new Set(circle);
    const message = `after: these wait for each other: ${circle.join(" → ")}`;
    for (const { file, definition, at } of found)
      if (members.has(definition.id)) faults.push({ file, ...at(["after"]), code: "dependency_circle", message });
    after = new Map([...after].filter(([id]) => !members.has(id)));
  }
  return faults;
}

export class DefinitionsFolder {
  private read: ReadDefinitions = { files: [], faults: [] };
  private readonly folder: string;
  private readonly log: Log;
  private watcher: FSWatcher | undefined;
  private timer: NodeJS.Timeout | undefined;

  private constructor(folder: string, log: Log) {
    this.folder = folder;
    this.log = log;
  }

  static async open(folder: string, log: Log): Promise<DefinitionsFolder> {
    const definitions = new DefinitionsFolder(folder, log);
    definitions.follow();
    await definitions.reload();
    return definitions;
  }

  get now(): ReadDefinitions {
    return this.read;
  }

  async reload(): Promise<void> {
    this.read = await readDefinitions(this.folder);
    for (const fault of this.read.faults) this.log.warn("definition_refused", { ...fault });
    this.log.info("definitions_read", { folder: this.folder, definitions: this.read.files.length });
  }

  /** A folder that cannot be watched is read when it is asked for alone. */
  private follow(): void {
    try {
      this.watcher = watch(this.folder, () => {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => void this.reload(), SETTLE_MS);
      });
      this.watcher.on("error", (error) => this.log.warn("definitions_not_watched", { error: String(error) }));
    } catch (error) {
      this.log.warn("definitions_not_watched", { folder: this.folder, error: String(error) });
    }
  }

  close(): void {
    clearTimeout(this.timer);
    this.watcher?.close();
  }
}
