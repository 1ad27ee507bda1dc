/**
 * Answers Flagger's webhooks. In: which gate, of which Canary, with which token; out: go, or hold and why. The Canary is read
 * anew at each question, so that an approval lets through the version, and the step, that it was given for. What cannot be
 * read, or is not known, is held: Flagger asks again with its next tick.
 */
import { GATES, type GateKind, gateLifeMs, readCanary } from "../../lib/control/owners/flagger.ts";
import { type ControlPlanes, planeNamed } from "../actuators/control-planes.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { FlaggerGates } from "./flagger-gates.ts";
import { gateKey, templateHash } from "./flagger-owner.ts";
import type { GateUrls } from "./gate-urls.ts";

export interface GateQuestion {
  readonly cluster: string;
  readonly gate: string;
  readonly token: string;
  readonly namespace: string;
  readonly name: string;
}

export type GateAnswer =
  | { readonly go: true }
  | {
      readonly go: false;
      readonly code: "gate_unknown" | "gate_closed" | "gate_unreadable";
      readonly message: string;
    };

export interface GateParts {
  readonly planes: ControlPlanes;
  readonly gates: FlaggerGates;
  readonly urls: GateUrls;
  readonly clock: Clock;
}

const UNKNOWN: GateAnswer = { go: false, code: "gate_unknown", message: "there is no such gate for this canary" };

export class GateKeeper {
  private readonly parts: GateParts;

  constructor(parts: GateParts) {
    this.parts = parts;
  }

  async answer({ cluster, gate: asked, token, namespace, name }: GateQuestion): Promise<GateAnswer> {
    const { planes, gates, urls, clock } = this.parts;
    const gate: GateKind | undefined = GATES.find((one) => one === asked);
    const plane = planeNamed(planes, cluster);
    const isKnown = urls.isTokenOf({ cluster, namespace, name }, token);
    if (gate === undefined || plane?.owners === undefined || !isKnown) return UNKNOWN;
    const read = await plane.owners.read("Canary", namespace, name);
    if (!read.ok)
      return { go: false, code: "gate_unreadable", message: `the canary cannot be read: ${read.error.message}` };
    const canary = readCanary(read.value, urls.base);
    const hash = gate === "confirm-rollout" ? await templateHash(plane.owners, canary) : null;
    const object = { place: { id: "", mesh: plane.mesh, cluster }, namespace, name };
    const key = gateKey(object, canary, { gate, hash });
    if (key === undefined)
      return {
        go: false,
        code: "gate_unreadable",
        message: "the pod template cannot be read: nothing can be approved",
      };
    // A use that is not durable lets nothing through.
    const go = await gates.ask(key, gateLifeMs(canary), clock.nowMs()).catch(() => false);
    if (go) return { go };
    return { go: false, code: "gate_closed", message: "nobody let this version go on yet" };
  }
}
