import { describe, expect, test } from "vitest";
import { BodyClaims } from "./body-claims.ts";

function claimsAt(limit?: number) {
  const now = { ms: 0 };
  const claims = new BodyClaims({ nowMs: () => now.ms }, limit);
  const answers: string[] = [];
  const claim = (hash: string, owner: string): void => {
    claims.claim(hash, owner, (isNew) => answers.push(`${owner}:${isNew ? "new" : "seen"}`));
  };
  return { now, claims, answers, claim };
}

describe("claims of bodies", () => {
  test("a body that was kept is seen by every process for five minutes", () => {
    const { now, claims, answers, claim } = claimsAt();
    claim("a", "1");
    claims.keep("a");
    claim("a", "2");
    now.ms = 300_000;
    claim("a", "1");
    now.ms = 300_001;
    claim("a", "2");
    expect(answers).toEqual(["1:new", "2:seen", "1:seen", "2:new"]);
  });

  test("the second to claim a body waits until the first is kept", () => {
    const { claims, answers, claim } = claimsAt();
    claim("a", "1");
    claim("a", "2");
    expect(answers).toEqual(["1:new"]);
    claims.keep("a");
    expect(answers).toEqual(["1:new", "2:seen"]);
  });

  test("when the first gives it up, the next in turn has it and the others wait on", () => {
    const { claims, answers, claim } = claimsAt();
    for (const owner of ["1", "2", "3"]) claim("a", owner);
    claims.giveUp("a", "1");
    expect(answers).toEqual(["1:new", "2:new"]);
    claims.keep("a");
    expect(answers).toEqual(["1:new", "2:new", "3:seen"]);
  });

  test("what a process that died had claimed and not kept is for the next; what it waited for is not", () => {
    const { claims, answers, claim } = claimsAt();
    claim("lost", "1");
    claim("kept", "1");
    claim("others", "2");
    claim("others", "1");
    claim("lost", "2");
    claim("kept", "2");
    claims.keep("kept");
    claims.ownerGone("1");
    claims.giveUp("others", "2");
    expect(answers).toEqual(["1:new", "1:new", "2:new", "2:seen", "2:new"]);
    claim("others", "2");
    expect(answers.at(-1)).toBe("2:new");
  });

  test("one that gives up what another has since claimed changes nothing", () => {
    const { claims, answers, claim } = claimsAt();
    claim("a", "1");
    claim("a", "2");
    claims.giveUp("a", "1");
    claims.giveUp("a", "1");
    claim("a", "3");
    expect(answers).toEqual(["1:new", "2:new"]);
  });

  test("no more are remembered than the limit, the newest stay", () => {
    const { claims, answers, claim } = claimsAt(2);
    for (const hash of ["a", "b", "c"]) claims.keep(hash);
    expect(claims.size).toBe(2);
    claim("c", "1");
    claim("a", "1");
    expect(answers).toEqual(["1:seen", "1:new"]);
  });
});
