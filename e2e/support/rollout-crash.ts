/**
 * A rollout on a Consul, driven over the API by somebody who clicks again whenever the collector died and was started
 * anew. In: a data folder; out: a rollout that is promoted, the writes that reached Consul, the audit of it.
 */
import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { type AuditEntry, auditListSchema } from "../../lib/query/schema/audit.ts";
import { rolloutDetailSchema } from "../../lib/query/schema/rollouts.ts";
import { FakeConsul } from "./fake-consul.ts";
import { MortalCollector } from "./mortal-collector.ts";

const ID = "web-v2";
const DEFINITION = {
  ...{ id: ID, name: "web v2", service: "web" },
  routes: [
    {
      ...{ id: "web", driver: "consul", cluster: "dc1", namespace: "default", object: "web", rule: "web" },
      ...{ stable: "web/v1", canary: "web/v2" },
    },
  ],
  steps: [{ weight: 0.25 }, { weight: 0.5 }, { weight: 1 }],
};
/** Of no fact but a collector that hangs: one on a machine that is starved needs a minute to start. */
const LIMIT_MS = 300_000;

export class RolloutCrash extends MortalCollector {
  readonly consul: FakeConsul;
  /** Of the click that is not answered yet: the same again is the same act. */
  private click: { readonly step: number; readonly intentId: string } | undefined;
  readonly clicks: string[] = [];

  constructor(data: string, consul = new FakeConsul()) {
    super(() => ({ store: "memory", data, control: { consul: [{ name: "dc1", url: consul.url }] } }));
    this.consul = consul;
  }

  async stop(): Promise<void> {
    if (this.isRunning) await this.process.stop();
    await this.consul.close();
  }

  private async call(path: string, body?: object): Promise<{ status: number; json: unknown } | null> {
    try {
      const answer = await fetch(`${this.process.api}/api/v1${path}`, {
        ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
        headers: { "content-type": "application/json" },
      });
      return { status: answer.status, json: await answer.json() };
    } catch {
      return null; // It died under the request.
    }
  }

  /** One look and, where it waits for somebody, one click; true once it is promoted. */
  private async turn(): Promise<boolean> {
    const found = await this.call(`/rollouts/${ID}`);
    if (found?.status === 404) await this.call("/rollouts", DEFINITION);
    if (found === null || found.status !== 200) return false;
    const { state, step, revision, actions, routes } = rolloutDetailSchema.parse(found.json);
    if (state === "promoted") return true;
    const isWritten = routes.every(({ desired, error }) => error === null && desired === this.share);
    if (!isWritten || !actions.includes("skipStep")) return false;
    if (this.click?.step !== step.index) this.click = { step: step.index, intentId: randomUUID() };
    const { intentId } = this.click;
    const body = { action: "skipStep", expectedRevision: revision, intentId, reason: "nothing is counted here" };
    const answer = await this.call(`/rollouts/${ID}/actions`, body);
    if ((answer?.status === 202 || answer?.status === 200) && !this.clicks.includes(intentId))
      this.clicks.push(intentId);
    return false;
  }

  private get share(): number {
    return (this.consul.canary ?? 0) / 100;
  }

  /** Goes on until it is promoted, or it died; a process that is dead is started again where `again`. */
  async drive(again: boolean): Promise<boolean> {
    const endMs = Date.now() + LIMIT_MS;
    while (Date.now() < endMs) {
      if (!this.isRunning) {
        if (!again) return false;
        await this.start();
      }
      if (await this.turn()) return true;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const found = await this.call(`/rollouts/${ID}`);
    throw new Error(`not promoted within ${LIMIT_MS} ms: ${JSON.stringify(found)}; log: ${this.process.log()}`);
  }

  async audit(): Promise<readonly AuditEntry[]> {
    const answer = await this.call(`/audit?limit=1000&rollout=${ID}`);
    return auditListSchema.parse(answer?.json).audit;
  }

  /** No write repeated, none lost, every one of them and every click in the audit with its outcome. */
  async check(): Promise<void> {
    expect(this.consul.canary).toBe(100);
    expect(this.consul.writes).toHaveLength(3);
    expect(new Set(this.consul.writes).size).toBe(3);
    const outcomes = async () => (await this.audit()).filter(({ outcome }) => outcome === "pending");
    await expect.poll(outcomes, { timeout: 10_000 }).toEqual([]);
    const audit = await this.audit();
    const applied = audit.filter(({ outcome }) => outcome === "applied");
    const written = applied.filter(({ action }) => action === "write").map(({ intentId }) => intentId);
    expect(written.sort()).toEqual([...this.consul.writes].sort());
    const clicked = applied.filter(({ action }) => action === "skipStep").map(({ intentId }) => intentId);
    expect(clicked).toHaveLength(3);
    for (const intentId of this.clicks) expect(clicked).toContain(intentId);
    expect(audit.some(({ action, outcome }) => action === "start" && outcome === "applied")).toBe(true);
  }
}
