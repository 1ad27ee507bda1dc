/**
 * Events of rollouts, sent to webhooks: what waits, failed, was rolled back or promoted. In: the list of rollouts, looked at
 * every few seconds, and the configured targets; out: a POST for each event and target, tried again until it is taken or a
 * day old. Addresses are the configuration's alone: no request of the API can name one. Redirects are not followed, and
 * nothing of an answer is read but its status. Neither address nor secret is logged: a webhook's address is a secret.
 */
import { createHash, createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { genericBody, type Links, type Notice, slackBody } from "../../lib/control/present/notification.ts";
import { needsPerson } from "../../lib/query/rollout-attention.ts";
import type { NotificationsAnswer, NotifiedEvent } from "../../lib/query/schema/notifications.ts";
import type { RolloutSummary } from "../../lib/query/schema/rollouts.ts";
import type { NotificationTarget } from "../config/config.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { Outbox } from "./notification-outbox.ts";

const TIMEOUT_MS = 10_000;
const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 600_000;
const GIVE_UP_MS = 24 * 3_600_000;

export type Send = (url: string, body: string, headers: Readonly<Record<string, string>>) => Promise<number>;

export const sendByFetch: Send = async (url, body, headers) => {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const answer = await fetch(url, { method: "POST", body, headers, redirect: "manual", signal });
  await answer.body?.cancel();
  return answer.status;
};

export interface NotificationsOptions {
  readonly targets: readonly NotificationTarget[];
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Log;
  readonly publicUrl: string | null;
  /** A link that promotes, made anew for each try; null where none can be made. */
  readonly approvalLink: (target: string, notice: Notice) => Promise<string | null>;
  readonly send?: Send;
}

interface Course {
  readonly target: NotificationTarget;
  sent: number;
  lost: number;
  failures: number;
  dueMs: number;
  lastSentMs: number | null;
  error: { readonly atMs: number; readonly message: string } | null;
}

const EVENTS: Readonly<Partial<Record<RolloutSummary["state"], NotifiedEvent>>> = {
  failed: "failed",
  aborted: "failed",
  rolledBack: "rolledBack",
  promoted: "promoted",
};

/** What is told of where a rollout stands; null: nothing. A verdict that fails is told while it still waits. */
function eventOf(rollout: RolloutSummary): NotifiedEvent | null {
  if (!needsPerson(rollout)) return EVENTS[rollout.state] ?? null;
  return rollout.verdict === "fail" ? "failed" : "waiting";
}

/** The same for one wait, however often its revision moves in it. */
function keyOf(rollout: RolloutSummary, event: NotifiedEvent | null): string {
  const wait = event === "waiting" || event === "failed" ? ` ${rollout.step.index} ${rollout.state}` : "";
  return `${event ?? "none"}${wait}`;
}

export class Notifications {
  private readonly options: NotificationsOptions;
  private readonly courses: readonly Course[];

  constructor(options: NotificationsOptions) {
    this.options = options;
    const fresh = { sent: 0, lost: 0, failures: 0, dueMs: 0, lastSentMs: null, error: null };
    this.courses = options.targets.map((target) => ({ target, ...fresh }));
  }

  /** Queues what is new of each rollout. What was over when it was first seen is not told. */
  async look(rollouts: readonly RolloutSummary[]): Promise<void> {
    if (this.courses.length === 0) return;
    const { outbox } = this.options;
    for (const rollout of rollouts) {
      const event = eventOf(rollout);
      const key = keyOf(rollout, event);
      const before = outbox.keyOf(rollout.id);
      if (before === key) continue;
      const isNews = event === "waiting" || before !== undefined;
      if (event !== null && isNews) await this.queue(this.noticeOf(rollout, event, key));
      await outbox.note(rollout.id, key);
    }
  }

  private noticeOf(rollout: RolloutSummary, event: NotifiedEvent, key: string): Notice {
    const atMs = this.options.clock.nowMs();
    const { id, name, mesh, cluster, namespace, service, state, revision, desired, observed, verdict, step } = rollout;
    const digest = createHash("sha256").update(`${id}\n${revision}\n${key}`).digest("hex");
    return {
      ...{ id: digest.slice(0, 32), event, atMs },
      rollout: {
        id,
        name,
        mesh,
        cluster,
        namespace,
        service,
        state,
        revision,
        desired,
        observed,
        verdict,
        step: step.text,
      },
    };
  }

  private async queue(notice: Notice): Promise<void> {
    for (const course of this.courses) {
      if (!course.target.events.includes(notice.event)) continue;
      course.lost += await this.options.outbox.queue(course.target.name, notice);
    }
  }

  /** Sends what is due, one of each target at a time. */
  async send(): Promise<void> {
    await Promise.all(this.courses.map((course) => this.sendOf(course)));
  }

  private async sendOf(course: Course): Promise<void> {
    const { outbox, clock } = this.options;
    const { name } = course.target;
    for (;;) {
      const notice = outbox.next(name);
      const nowMs = clock.nowMs();
      if (notice === undefined || nowMs < course.dueMs) return;
      const problem = await this.try(course.target, notice);
      if (problem === null) {
        Object.assign(course, { sent: course.sent + 1, failures: 0, dueMs: 0, lastSentMs: nowMs, error: null });
        await outbox.done(name, notice.id);
        continue;
      }
      const restMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** course.failures);
      Object.assign(course, {
        failures: course.failures + 1,
        dueMs: nowMs + restMs,
        error: { atMs: nowMs, message: problem },
      });
      this.options.log.warn("notification_not_sent", { target: name, id: notice.id, error: problem });
      if (nowMs - notice.atMs < GIVE_UP_MS) return;
      course.lost++;
      await outbox.done(name, notice.id);
    }
  }

  /** Null when it was taken; else why not, without the address. */
  private async try(target: NotificationTarget, notice: Notice): Promise<string | null> {
    try {
      const url = target.urlFile === undefined ? target.url : (await readFile(target.urlFile, "utf8")).trim();
      if (url === undefined || !URL.canParse(url)) return "its address is no URL";
      const links = await this.linksOf(target, notice);
      const body = target.format === "slack" ? slackBody(notice, links) : genericBody(notice, links);
      const headers = { "content-type": "application/json", "x-meshscope-id": notice.id };
      const status = await (this.options.send ?? sendByFetch)(url, body, {
        ...headers,
        ...(await this.signed(target, body)),
      });
      return status >= 200 && status < 300 ? null : `it answered ${status}`;
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const code =
        cause instanceof Error && "code" in cause ? String(cause.code) : cause instanceof Error ? cause.name : "";
      return `it could not be reached (${code === "" ? "unknown" : code})`;
    }
  }

  private async linksOf({ name, approvals }: NotificationTarget, notice: Notice): Promise<Links> {
    const { publicUrl, approvalLink } = this.options;
    const page = publicUrl === null ? null : `${publicUrl}/rollouts/${encodeURIComponent(notice.rollout.id)}`;
    const isAsked = approvals && notice.event === "waiting" && publicUrl !== null;
    return { page, approve: isAsked ? await approvalLink(name, notice) : null };
  }

  /** `t=<seconds>,v1=<HMAC-SHA256 of "t.body">`: who has the secret can tell that it is ours, and when it was sent. */
  private async signed({ secretFile }: NotificationTarget, body: string): Promise<Readonly<Record<string, string>>> {
    if (secretFile === undefined) return {};
    const secret = (await readFile(secretFile, "utf8")).trim();
    const seconds = Math.floor(this.options.clock.nowMs() / 1000);
    const mac = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
    return { "x-meshscope-signature": `t=${seconds},v1=${mac}` };
  }

  answer(): NotificationsAnswer {
    return {
      targets: this.courses.map(({ target, sent, lost, lastSentMs, error }) => ({
        ...{ name: target.name, format: target.format, events: [...target.events] },
        ...{ pending: this.options.outbox.waiting(target.name), sent, lost, lastSentMs, error },
      })),
    };
  }
}
