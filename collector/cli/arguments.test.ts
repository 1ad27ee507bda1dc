import { describe, expect, test } from "vitest";
import { readCommandLine } from "./arguments.ts";

const NOW = Date.UTC(2026, 10, 26, 10);
const read = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) => readCommandLine(argv, env, NOW);

describe("a command line", () => {
  test.each([
    [[], "ask for"],
    [["rollout"], "ask for"],
    [["rollout", "force", "web"], "there is no force"],
    [["rollout", "promote"], "which rollout"],
    [["rollout", "promote", "a", "b"], "one id"],
    [["rollout", "list", "web"], "list takes no web"],
    [["rollout", "list", "--reason", "x"], "--reason says nothing here"],
    [["rollout", "show", "web", "--yes"], "--yes says nothing here"],
    [["audit", "--waiting"], "--waiting says nothing here"],
    [["audit", "--start", "yesterday"], "is no time"],
    [["rollout", "list", "--api", "ftp://x"], "no http or https URL"],
    [["rollout", "list", "--nothing"], "nothing"],
  ])("%j is a mistake that is named", (argv, text) => {
    const result = read(argv);
    expect(result.ok ? "" : result.error).toContain(text);
  });

  test("filters may be given many times, and a time back from now", () => {
    expect(read(["rollout", "list", "--mesh", "istio", "--mesh", "consul", "--waiting", "--limit", "5"])).toMatchObject(
      {
        value: { asked: { kind: "list", query: { mesh: ["istio", "consul"], waiting: ["1"], limit: ["5"] } } },
      },
    );
    expect(read(["audit", "--start", "24h", "--end", "2026-11-26T09:00:00Z"])).toMatchObject({
      value: { asked: { query: { start: [String(NOW - 86_400_000)], end: [String(NOW - 3_600_000)] } } },
    });
  });

  test("an action carries its reason, its yes, and what was seen", () => {
    const argv = ["rollout", "skip-step", "web", "-r", "why", "-y", "--revision", "web-4"];
    expect(read(argv)).toMatchObject({
      value: {
        isJson: false,
        asked: { kind: "act", action: "skipStep", id: "web", reason: "why", isConfirmed: true, revision: "web-4" },
      },
    });
  });

  test("a token that is given goes before the environment's, and the default API is this machine's", () => {
    const env = { MESHSCOPE_TOKEN: "env", MESHSCOPE_TOKEN_FILE: "/env", MESHSCOPE_API_URL: "https://m/" };
    const accessOf = (argv: readonly string[], from = env) => {
      const result = read(["rollout", "list", ...argv], from);
      return result.ok ? result.value.access : result.error;
    };
    expect(accessOf([])).toEqual({ api: "https://m", token: "env", tokenFile: "/env" });
    expect(accessOf(["--token-file", "/f"])).toMatchObject({ token: undefined, tokenFile: "/f" });
    expect(accessOf(["--token", "t", "--api", "http://h:1"])).toEqual({
      api: "http://h:1",
      token: "t",
      tokenFile: undefined,
    });
    const none = read(["rollout", "list"]);
    expect(none.ok ? none.value.access.api : "").toBe("http://127.0.0.1:4320");
  });
});
