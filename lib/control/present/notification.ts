/** An event of a rollout → the body that is sent: JSON of our own, or the blocks of Slack. Pure; no secret comes in. */
import type { NotifiedEvent } from "../../query/schema/notifications.ts";
import type { RolloutSummary } from "../../query/schema/rollouts.ts";

export interface Notice {
  /** The same for the same event, however often it is sent. */
  readonly id: string;
  readonly event: NotifiedEvent;
  readonly atMs: number;
  readonly rollout: Pick<
    RolloutSummary,
    | "id"
    | "name"
    | "mesh"
    | "cluster"
    | "namespace"
    | "service"
    | "state"
    | "revision"
    | "desired"
    | "observed"
    | "verdict"
  > & { readonly step: string };
}

/** Links that a notice carries: to the rollout's page, and where it is configured one that promotes. */
export interface Links {
  readonly page: string | null;
  readonly approve: string | null;
}

const WORDS: Readonly<Record<NotifiedEvent, string>> = {
  waiting: "waits for somebody",
  failed: "failed",
  rolledBack: "was rolled back",
  promoted: "is promoted",
};

const percent = (share: number | null): string =>
  share === null ? "unknown" : `${Math.round(share * 10_000) / 100} %`;

export function noticeText({ event, rollout }: Notice): string {
  return `${rollout.name} ${WORDS[event]}: ${rollout.service} in ${rollout.namespace}, ${rollout.cluster} (${rollout.mesh})`;
}

function detailText({ rollout }: Notice): string {
  const parts = [
    `step: ${rollout.step}`,
    `share wanted ${percent(rollout.desired)}, seen ${percent(rollout.observed)}`,
    `verdict: ${rollout.verdict ?? "none"}`,
  ];
  return parts.join("\n");
}

/** Slack's control characters, as its mrkdwn escapes them. */
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

export function genericBody(notice: Notice, { page, approve }: Links): string {
  return JSON.stringify({ ...notice, text: noticeText(notice), url: page, approvalUrl: approve });
}

export function slackBody(notice: Notice, { page, approve }: Links): string {
  const button = (text: string, url: string, style?: "primary") => ({
    type: "button",
    text: { type: "plain_text", text },
    url,
    ...(style === undefined ? {} : { style }),
  });
  const buttons = [
    ...(page === null ? [] : [button("Open the rollout", page)]),
    ...(approve === null ? [] : [button("Promote… (asks first)", approve, "primary")]),
  ];
  const section = (text: string) => ({ type: "section", text: { type: "mrkdwn", text } });
  return JSON.stringify({
    text: escaped(noticeText(notice)),
    blocks: [
      section(`*${escaped(noticeText(notice))}*`),
      section(escaped(detailText(notice))),
      ...(buttons.length === 0 ? [] : [{ type: "actions", elements: buttons }]),
    ],
  });
}
