/**
 * The words of a command line → what is asked. In: arguments and the environment; out: one request, or what is wrong with it.
 * Nothing is read or sent here. A token is taken from a flag, the environment or a file, in this order.
 */
import { parseArgs } from "node:util";
import { err, ok, type Result } from "../../lib/base/result.ts";
import type { RolloutActionName } from "../../lib/query/schema/rollouts.ts";

const ACTION_WORDS: Readonly<Record<string, RolloutActionName>> = {
  promote: "promote",
  "promote-full": "promoteFull",
  pause: "pause",
  resume: "resume",
  abort: "abort",
  rollback: "rollback",
  retry: "retry",
  "skip-step": "skipStep",
};

const OPTIONS = {
  api: { type: "string" },
  token: { type: "string" },
  "token-file": { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  mesh: { type: "string", multiple: true },
  cluster: { type: "string", multiple: true },
  namespace: { type: "string", multiple: true, short: "n" },
  state: { type: "string", multiple: true },
  waiting: { type: "boolean" },
  reason: { type: "string", short: "r" },
  yes: { type: "boolean", short: "y" },
  revision: { type: "string" },
  intent: { type: "string" },
  actor: { type: "string", multiple: true },
  action: { type: "string", multiple: true },
  rollout: { type: "string", multiple: true },
  start: { type: "string" },
  end: { type: "string" },
  limit: { type: "string" },
} as const;
type Option = keyof typeof OPTIONS;

const COMMON: readonly Option[] = ["api", "token", "token-file", "json", "help"];
const LISTED: readonly Option[] = ["mesh", "cluster", "namespace", "state", "waiting", "limit"];
const AUDITED: readonly Option[] = [
  ...(["actor", "action", "mesh", "cluster", "namespace", "rollout", "start", "end", "limit"] as const),
];
const ACTED: readonly Option[] = ["reason", "yes", "revision", "intent"];

export const USAGE = `meshscope rollout list [--waiting] [--mesh M] [--cluster C] [--namespace N] [--state S] [--limit N]
meshscope rollout show ID
meshscope rollout promote|promote-full|pause|resume|abort|rollback|retry|skip-step ID --reason TEXT [--yes]
                  [--revision R]  what was seen before; else what is shown now
                  [--intent UUID] the id of a click that got no answer: it is looked up, not done again
meshscope audit   [--actor A] [--action A] [--mesh M] [--cluster C] [--namespace N] [--rollout ID]
                  [--start TIME] [--end TIME] [--limit N]   a time is Unix ms, an ISO time, or 24h, 30m, 7d ago

--api URL         else MESHSCOPE_API_URL, else http://127.0.0.1:4320
--token-file F    else MESHSCOPE_TOKEN_FILE; or --token T, else MESHSCOPE_TOKEN
--json            the API's own answer on standard output

Exit codes: 0 done, 1 failed, 2 usage, 3 not allowed, 4 not found, 5 changed by somebody else, 6 makes no sense now,
7 no answer (of the API or a control plane), 8 nobody said yes
`;

export interface Access {
  readonly api: string;
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
}

export type Query = Readonly<Record<string, readonly string[]>>;

export type Asked =
  | { readonly kind: "help" }
  | { readonly kind: "list" | "audit"; readonly query: Query }
  | { readonly kind: "show"; readonly id: string }
  | {
      readonly kind: "act";
      readonly id: string;
      readonly action: RolloutActionName;
      readonly reason: string | undefined;
      readonly isConfirmed: boolean;
      readonly revision: string | undefined;
      readonly intentId: string | undefined;
    };

export interface CommandLine {
  readonly access: Access;
  readonly isJson: boolean;
  readonly asked: Asked;
}

type Values = ReturnType<typeof parsed>["values"];

function parsed(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true });
}

const AGO = /^(\d+)(m|h|d)$/;
const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Unix ms; undefined for no time. */
function timeOf(text: string, nowMs: number): number | undefined {
  const [, count, unit] = AGO.exec(text) ?? [];
  if (count !== undefined) return nowMs - Number(count) * (UNIT_MS[unit ?? ""] ?? 0);
  const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

function queryOf(values: Values, names: readonly Option[], nowMs: number): Result<Query, string> {
  const query: Record<string, readonly string[]> = {};
  for (const name of names) {
    const value = values[name];
    if (value === undefined) continue;
    const texts = typeof value === "object" ? value : [value === true ? "1" : String(value)];
    if (name !== "start" && name !== "end") {
      query[name] = texts;
      continue;
    }
    const ms = timeOf(texts[0] ?? "", nowMs);
    if (ms === undefined) return err(`--${name} ${texts[0]} is no time`);
    query[name] = [String(ms)];
  }
  return ok(query);
}

/** An option that another command takes is a mistake: it would be thought to have been heard. */
function misplaced(values: Values, allowed: readonly Option[]): string | undefined {
  const known = new Set<string>([...COMMON, ...allowed]);
  const odd = Object.keys(values).find((name) => !known.has(name));
  return odd === undefined ? undefined : `--${odd} says nothing here`;
}

function askedOf(words: readonly string[], values: Values, nowMs: number): Result<Asked, string> {
  const [noun, verb, id, more] = words;
  if (values.help === true) return ok({ kind: "help" });
  if (noun === "audit") {
    const odd = verb === undefined ? misplaced(values, AUDITED) : `audit takes no ${verb}`;
    if (odd !== undefined) return err(odd);
    const query = queryOf(values, AUDITED, nowMs);
    return query.ok ? ok({ kind: "audit", query: query.value }) : query;
  }
  if (noun !== "rollout" || verb === undefined)
    return err("ask for a rollout's list, show, or an action; or for the audit");
  if (verb === "list") {
    const odd = id === undefined ? misplaced(values, LISTED) : `list takes no ${id}`;
    if (odd !== undefined) return err(odd);
    const query = queryOf(values, LISTED, nowMs);
    return query.ok ? ok({ kind: "list", query: query.value }) : query;
  }
  const action = ACTION_WORDS[verb];
  if (action === undefined && verb !== "show") return err(`there is no ${verb}`);
  if (id === undefined) return err(`${verb} which rollout? its id is in the list`);
  const odd = more === undefined ? misplaced(values, action === undefined ? [] : ACTED) : `${verb} takes one id`;
  if (odd !== undefined) return err(odd);
  if (action === undefined) return ok({ kind: "show", id });
  return ok({
    ...{ kind: "act", id, action, reason: values.reason, isConfirmed: values.yes === true },
    ...{ revision: values.revision, intentId: values.intent },
  });
}

/** Errors: what is wrong, in words. */
export function readCommandLine(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  nowMs: number,
): Result<CommandLine, string> {
  let read: ReturnType<typeof parsed>;
  try {
    read = parsed(argv);
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = read;
  const asked = askedOf(positionals, values, nowMs);
  if (!asked.ok) return asked;
  const api = values.api ?? env["MESHSCOPE_API_URL"] ?? "http://127.0.0.1:4320";
  if (!URL.canParse(api) || !/^https?:$/.test(new URL(api).protocol)) return err(`${api} is no http or https URL`);
  // What is given here goes before what the environment says.
  const isGiven = values.token !== undefined || values["token-file"] !== undefined;
  const token = values.token ?? (isGiven ? undefined : env["MESHSCOPE_TOKEN"]);
  const tokenFile = values["token-file"] ?? (isGiven ? undefined : env["MESHSCOPE_TOKEN_FILE"]);
  return ok({
    access: { api: api.replace(/\/+$/, ""), token, tokenFile },
    isJson: values.json === true,
    asked: asked.value,
  });
}
