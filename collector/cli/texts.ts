/** What the API answers, as lines of a terminal. In: parsed answers; out: text. Control characters of names are shown as ?. */
import type { AuditList, NotOnDisk } from "../../lib/query/schema/audit.ts";
import type { RolloutDetail, RolloutList, RolloutPreview, RolloutSummary } from "../../lib/query/schema/rollouts.ts";

/** A name that moves the cursor would show something else than what is done. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "?");
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((row) => row.map((cell) => plain(cell.replaceAll("\n", " "))));
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return `${all.map(line).join("\n")}\n`;
}

export const percent = (share: number | null): string =>
  share === null ? "–" : `${Number((share * 100).toFixed(2))} %`;
const timeText = (ms: number): string => new Date(ms).toISOString().replace(".000Z", "Z");

export function stepText({ step }: RolloutSummary): string {
  return `${Math.min(step.index + 1, step.count)}/${step.count}${step.text === "" ? "" : ` ${step.text}`}`;
}

/** Under a list, as what else is missing there. */
export function notOnDiskText(notOnDisk: NotOnDisk | undefined): string {
  if (notOnDisk === undefined) return "";
  const { records, sinceMs, message } = notOnDisk;
  const what = records === 1 ? "1 record" : `${records} records`;
  return `${what} of what was done not on disk since ${timeText(sinceMs)}: ${plain(message)}\n`;
}

export function listText({ rollouts, total, unreachable, notOnDisk }: RolloutList): string {
  const rows = rollouts.map((one) => [
    ...[one.id, one.state, stepText(one), percent(one.desired), percent(one.observed), one.shift ?? "–"],
    ...[one.verdict ?? "–", one.owner.kind, `${one.mesh}/${one.cluster}/${one.namespace}`],
  ]);
  const head = ["ID", "STATE", "STEP", "SHARE", "SEEN", "PROOF", "VERDICT", "OWNER", "PLACE"];
  const more = total > rollouts.length ? `${rollouts.length} of ${total}: ask for more with --limit\n` : "";
  const missing = unreachable.map(({ target, message }) => `cannot be asked: ${plain(`${target}: ${message}`)}\n`);
  const body = rollouts.length === 0 ? "there are no rollouts\n" : table(head, rows);
  return `${body}${more}${missing.join("")}${notOnDiskText(notOnDisk)}`;
}

export function auditText({ audit: entries, total, notOnDisk }: AuditList): string {
  const rows = entries.map((one) => [
    ...[timeText(one.atMs), one.actor, one.action, one.outcome, one.rollout ?? one.object],
    ...[one.before === null && one.after === null ? "" : `${one.before ?? ""} → ${one.after ?? ""}`, one.reason],
  ]);
  const head = ["TIME", "WHO", "ACTION", "OUTCOME", "WHAT", "CHANGE", "REASON"];
  const more = total > entries.length ? `${entries.length} of ${total}: ask for more with --limit\n` : "";
  return `${entries.length === 0 ? "nothing was done\n" : table(head, rows)}${more}${notOnDiskText(notOnDisk)}`;
}

const MARKS = { done: "✓", current: "▸", ahead: "·" } as const;

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `\n${title}\n${lines.map((line) => `  ${plain(line)}\n`).join("")}`;
}

const reverterLines = ({ reverters }: RolloutDetail): readonly string[] =>
  reverters.map(({ kind, ref, reverts }) => {
    const may = reverts === null ? "may write it back" : reverts ? "writes it back" : "leaves it alone";
    return `${kind} ${ref}: ${may}`;
  });

function headText(rollout: RolloutDetail): string {
  const { owner } = rollout;
  const lines = [
    `${rollout.name}  ${rollout.state}${rollout.waitingFor === undefined ? "" : `, waits for: ${rollout.waitingFor}`}`,
    `${rollout.mesh}/${rollout.cluster}/${rollout.namespace}, owner ${owner.kind}${owner.ref === null ? "" : ` (${owner.ref})`}`,
    `share ${percent(rollout.desired)}, seen ${percent(rollout.observed)}, proof ${rollout.shift ?? "none"}, verdict ${rollout.verdict ?? "none"}`,
    `revision ${rollout.revision}`,
  ];
  return lines.map((line) => `${plain(line)}\n`).join("");
}

function ownedText({ owned }: RolloutDetail): string {
  if (owned === undefined) return "";
  const said = [`phase ${owned.phase}${owned.message === null ? "" : `: ${owned.message}`}`];
  const conditions = owned.conditions.map(
    ({ type, status, reason, message }) => `${type} ${status} ${reason} ${message}`,
  );
  const analyses = owned.analyses.flatMap(({ name, role, status, metrics }) => [
    `${role}: ${name} ${status}`.trimEnd(),
    ...metrics.map((metric) => `  ${metric.name} ${metric.status} ${metric.counts} ${metric.value}`.trimEnd()),
  ]);
  const facts = owned.facts.map(({ name, value }) => `${name}: ${value}`);
  const setup = owned.setup.map(({ title, text }) => `\n${plain(title)}\n${plain(text)}\n`);
  return [
    section("The owner says", [...said, ...facts, ...conditions]),
    section("Its analysis", analyses),
    ...setup,
  ].join("");
}

export function detailText(rollout: RolloutDetail): string {
  const blocked = Object.entries(rollout.blocked).map(([action, { message }]) => `${action}: ${message}`);
  const routes = rollout.routes.map(({ object, rule, stable, canary, desired, observed, shift, error }) =>
    error === null
      ? `${object} ${rule}: ${stable} → ${canary} ${percent(desired)}, seen ${percent(observed)}, proof ${shift ?? "none"}`
      : `${object}: ${error.message} (${error.code})`,
  );
  const snippets = rollout.reverters.flatMap(({ snippet }) => (snippet === null ? [] : [`\n${plain(snippet)}\n`]));
  return [
    headText(rollout),
    section(
      "Steps",
      rollout.steps.map(({ text, state }) => `${MARKS[state]} ${text}`),
    ),
    section("Routes", routes),
    section(
      "Pods",
      rollout.pods.map(({ name, arm, ready }) => `${name} ${arm}${ready === false ? ", not ready" : ""}`),
    ),
    ownedText(rollout),
    section("May write it back", reverterLines(rollout)),
    ...snippets,
    section("May be done now", rollout.actions),
    section("Not now", blocked),
    section(
      "History",
      rollout.history.slice(0, 20).map(({ atMs, text, actor, reason }) => {
        const who = actor === undefined ? "" : ` by ${actor}`;
        return `${timeText(atMs)} ${text}${who}${reason === undefined ? "" : `: ${reason}`}`;
      }),
    ),
    section("The way back by hand", wayBack(rollout)),
  ].join("");
}

export function wayBack({ previews }: Pick<RolloutDetail, "previews">): readonly string[] {
  const back = previews.find(({ action }) => action === "rollback")?.breakGlass ?? "";
  return back === "" ? [] : back.split("\n");
}

/** What is about to be done, before anybody says yes. */
export function intentText(rollout: RolloutDetail, preview: RolloutPreview | undefined, as: string): string {
  const changes = (preview?.changes ?? []).map(
    ({ object, path, before, after }) => `${object} ${path}: ${before} → ${after}`,
  );
  const warnings = (preview?.warnings ?? []).map(({ message }) => message);
  return [
    headText(rollout),
    `as ${plain(as)}\n`,
    section("Writes", changes.length === 0 ? ["nothing at once: the rollout goes on by itself"] : changes),
    section("Mind", [...warnings, ...reverterLines(rollout)]),
  ].join("");
}
