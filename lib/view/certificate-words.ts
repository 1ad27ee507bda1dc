/** Certificates in words. In: the API's rows; out: states with a sign and a colour token, roles, and time left. */
import type { CertificateState } from "../query/certificate-state.ts";
import type { Certificate, CertificateList } from "../query/schema/security.ts";
import { age, count, type Figure, plain } from "./format.ts";
import type { StateLook } from "./health-words.ts";

const LOOKS: Readonly<Record<CertificateState, StateLook>> = {
  expired: { words: "expired", mark: "!", token: "failing" },
  missedRotation: { words: "renewal missed", mark: "!", token: "failing" },
  expiring: { words: "expiring", mark: "~", token: "degraded" },
  notCollected: { words: "not collected", mark: "?", token: "unknown" },
  ok: { words: "ok", mark: "●", token: "healthy" },
};

export function certificateLook(state: CertificateState): StateLook {
  return LOOKS[state];
}

const ROLES: Readonly<Record<NonNullable<Certificate["role"]>, string>> = {
  leaf: "workload",
  issuer: "issuer",
  root: "root",
};

export function roleWords(role: Certificate["role"]): string {
  return role === null ? "not said" : ROLES[role];
}

/** Time left, in the unit that fits; of an expiry in whole days at least so much. An expired one says since when. */
export function timeLeft({ leftSec, atLeast, absent }: Certificate): Figure {
  if (leftSec === null) return age(null, absent?.["leftSec"]);
  if (leftSec < 0 && atLeast !== true) {
    const since = age(-leftSec * 1000);
    return { ...since, text: `expired ${since.text}`, unit: `${since.unit} ago` };
  }
  const left = age(Math.max(0, leftSec) * 1000);
  if (atLeast !== true) return { ...left, exact: `${leftSec} s` };
  const floor = leftSec <= 0 ? { ...left, text: "< 1", unit: "d" } : { ...left, text: `≥ ${left.text}` };
  return { ...floor, exact: `at least ${Math.max(0, leftSec)} s: the proxy prints whole days` };
}

/** "25 ok, 3 not collected", worst first; nothing where there is none. */
export function stateCounts(states: CertificateList["states"]): readonly { state: CertificateState; words: string }[] {
  const order: readonly CertificateState[] = ["expired", "missedRotation", "expiring", "notCollected", "ok"];
  return order.flatMap((state) => {
    const of = states[state];
    return of > 0 ? [{ state, words: `${plain(count(of))} ${LOOKS[state].words}` }] : [];
  });
}

/** What follows from the state, in one sentence for hover. */
export function certificateAdvice({ state, role, mesh }: Certificate): string {
  switch (state) {
    case "expired":
      return role === "leaf"
        ? "The proxy did not get a new certificate in time. Look at its log and at the mesh's certificate authority."
        : "Everything signed by it is refused. Renew it now.";
    case "missedRotation":
      return `It should have been renewed by now. Look at the proxy's log, and whether it reaches ${mesh ?? "the mesh"}'s certificate authority.`;
    case "expiring":
      return role === "leaf" ? "Its lifetime is not known yet, and little is left." : "Renew it before it ends.";
    case "notCollected":
      return "The proxy prints no expiry: it holds no certificate, or one of less than a day in whole days.";
    default:
      return "ok";
  }
}
