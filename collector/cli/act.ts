/**
 * One action, as the page does it: what would be written is shown first, with the revision that it is bound to; a reason and
 * a yes are asked for; then one request. A conflict says who changed what; where nothing answers, the commands of the way
 * back are printed. An answer that was lost leaves the intent's id, by which the same click is looked up.
 */
import { randomUUID } from "node:crypto";
import { metaSchema } from "../../lib/query/schema/estate.ts";
import {
  conflictSchema,
  type RolloutDetail,
  type RolloutPreview,
  receiptSchema,
  rolloutDetailSchema,
} from "../../lib/query/schema/rollouts.ts";
import type { ApiAnswer, ApiClient } from "./api-client.ts";
import type { Asked } from "./arguments.ts";
import { EXIT, type ExitCode, exitOf } from "./exit-codes.ts";
import { intentText, plain, stepText, wayBack } from "./texts.ts";

export interface Terminal {
  out(text: string): void;
  /** For people: standard error, so that an answer in JSON stays alone. */
  say(text: string): void;
  /** Null where nobody can be asked. */
  ask(question: string): Promise<string | null>;
}

type Act = Extract<Asked, { kind: "act" }>;

const rolloutPath = (id: string): string => `/rollouts/${encodeURIComponent(id)}`;

function previewOf({ previews }: RolloutDetail, { action }: Act): RolloutPreview | undefined {
  return (
    previews.find((preview) => preview.action === action) ??
    (action === "abort" ? previews.find((preview) => preview.action === "rollback") : undefined)
  );
}

function sayCommands(terminal: Terminal, commands: readonly string[]): void {
  if (commands.length === 0) return;
  terminal.say(`\nThe way back by hand:\n${commands.map((command) => `  ${plain(command)}\n`).join("")}`);
}

/** What an answer that is no success says, and how the command ends. */
export function sayFailure(terminal: Terminal, { status, body }: ApiAnswer, isJson: boolean): ExitCode {
  if (isJson) terminal.out(`${JSON.stringify(body)}\n`);
  const refusal = conflictSchema.safeParse(body);
  if (!refusal.success) {
    terminal.say(`the API answers ${status}\n`);
    return exitOf(status);
  }
  const { code, message, current, breakGlass } = refusal.data;
  terminal.say(`${plain(message)} (${code})\n`);
  if (code === "conflict" && current !== undefined)
    terminal.say(`now: ${plain(`${current.state}, step ${stepText(current)}, revision ${current.revision}`)}\n`);
  sayCommands(
    terminal,
    (breakGlass ?? []).flatMap((command) => command.split("\n")),
  );
  return exitOf(status);
}

async function subjectOf(client: ApiClient): Promise<string> {
  const meta = await client.call("/meta");
  const parsed = meta.ok ? metaSchema.safeParse(meta.value.body) : undefined;
  return parsed?.success === true ? parsed.data.subject.name : "whoever the token names";
}

/** A reason and a yes; or how the command ends without them. */
async function agreed(terminal: Terminal, act: Act): Promise<string | ExitCode> {
  const reason = (act.reason ?? (await terminal.ask("Why? "))?.trim() ?? "").trim();
  if (reason === "") {
    terminal.say("a reason is needed: --reason TEXT\n");
    return EXIT.usage;
  }
  if (act.isConfirmed) return reason;
  const answer = await terminal.ask(`${act.action}: type yes to go on: `);
  if (answer?.trim() === "yes") return reason;
  terminal.say(answer === null ? "nobody can be asked here: say yes with --yes\n" : "nothing was done\n");
  return EXIT.notConfirmed;
}

/** What the rollout itself says against it, before anything is asked. */
function forbids(terminal: Terminal, rollout: RolloutDetail, act: Act, isJson: boolean): ExitCode | undefined {
  // A click that got no answer is looked up whatever may be done now.
  if (rollout.actions.includes(act.action) || act.intentId !== undefined) return undefined;
  const cause = rollout.blocked[act.action] ?? { code: "not_offered", message: `${act.action} is not offered here` };
  if (isJson) terminal.out(`${JSON.stringify(cause)}\n`);
  terminal.say(`${plain(cause.message)} (${cause.code})\n`);
  if (act.action === "abort" || act.action === "rollback") sayCommands(terminal, wayBack(rollout));
  if (cause.code === "unavailable") return EXIT.unavailable;
  return cause.code === "forbidden" ? EXIT.notAllowed : EXIT.refused;
}

async function send(
  client: ApiClient,
  terminal: Terminal,
  rollout: RolloutDetail,
  click: Readonly<Record<string, string>> & { readonly intentId: string },
) {
  const answer = await client.call(`${rolloutPath(rollout.id)}/actions`, click);
  if (answer.ok) return answer.value;
  terminal.say(`${answer.error}\nIt may have been done. The same again, to look it up: --intent ${click.intentId}\n`);
  sayCommands(terminal, wayBack(rollout));
  return EXIT.unavailable;
}

export async function act(client: ApiClient, terminal: Terminal, asked: Act, isJson: boolean): Promise<ExitCode> {
  const shown = await client.call(rolloutPath(asked.id));
  if (!shown.ok) {
    terminal.say(`${shown.error}\n`);
    return EXIT.unavailable;
  }
  if (shown.value.status !== 200) return sayFailure(terminal, shown.value, isJson);
  const rollout = rolloutDetailSchema.parse(shown.value.body);
  const held = forbids(terminal, rollout, asked, isJson);
  if (held !== undefined) return held;
  terminal.say(intentText(rollout, previewOf(rollout, asked), await subjectOf(client)));
  const reason = await agreed(terminal, asked);
  if (typeof reason === "number") return reason;
  const intentId = asked.intentId ?? randomUUID();
  const expectedRevision = asked.revision ?? rollout.revision;
  const answer = await send(client, terminal, rollout, { action: asked.action, expectedRevision, intentId, reason });
  if (typeof answer === "number") return answer;
  if (answer.status >= 300) return sayFailure(terminal, answer, isJson);
  const receipt = receiptSchema.parse(answer.body);
  if (isJson) terminal.out(`${JSON.stringify(receipt)}\n`);
  else
    terminal.out(
      `${receipt.repeated ? "taken before" : "taken"}: ${receipt.action} of ${plain(receipt.rollout)} as ${plain(receipt.actor)}, audit ${receipt.audit}\n`,
    );
  return EXIT.done;
}
