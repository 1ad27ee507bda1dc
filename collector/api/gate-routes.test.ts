import { Registry } from "prom-client";
import { expect, test } from "vitest";
import type { GateKeeper, GateQuestion } from "../control/gate-keeper.ts";
import { byToken } from "./authenticate.ts";
import { gateRoutes } from "./gate-routes.ts";
import { apiServer } from "./server.ts";

const LOG = { info: () => {}, warn: () => {}, error: () => {} };

function rig() {
  const asked: GateQuestion[] = [];
  const keeper: Pick<GateKeeper, "answer"> = {
    answer: async (question) => {
      asked.push(question);
      return question.token === "good" ? { go: true } : { go: false, code: "gate_closed", message: "nobody let it go" };
    },
  };
  const options = { routes: [], registry: new Registry(), log: LOG, version: "0", hosts: ["meshscope"] };
  const ready = () => ({ ready: true, waitingFor: [] });
  // Everybody else needs a token, and there is none.
  const app = apiServer({ ...options, authenticate: byToken([]), gates: gateRoutes(keeper), ready });
  const post = async (url: string, payload: object | string, host = "meshscope:4320") =>
    app.inject({ method: "POST", url, headers: { host, "content-type": "application/json" }, payload });
  return { app, asked, post };
}

const PAYLOAD = { name: "reviews", namespace: "shop", phase: "Progressing", checksum: "7", metadata: { a: "b" } };

test("Flagger is answered without a login: 200 lets it go on, 403 holds it with the cause", async () => {
  const { post, asked } = rig();
  const open = await post("/gates/flagger/c1/confirm-promotion/good", PAYLOAD);
  expect([open.statusCode, open.json()]).toEqual([200, { status: "go" }]);
  const held = await post("/gates/flagger/c%2F1/confirm-promotion/bad", PAYLOAD);
  expect([held.statusCode, held.json().code]).toEqual([403, "gate_closed"]);
  expect(asked[1]).toEqual({
    cluster: "c/1",
    gate: "confirm-promotion",
    token: "bad",
    namespace: "shop",
    name: "reviews",
  });
});

test("what is no question of Flagger reaches no gate, and nothing else is open beside it", async () => {
  const { post, asked, app } = rig();
  const url = "/gates/flagger/c1/confirm-promotion/good";
  for (const payload of [
    {},
    { name: "reviews" },
    { ...PAYLOAD, name: 7 },
    "{",
    { ...PAYLOAD, big: "x".repeat(70_000) },
  ])
    expect((await post(url, payload)).statusCode).toBeGreaterThanOrEqual(400);
  expect((await post(url, PAYLOAD, "rebound.example")).json().code).toBe("host_not_allowed");
  expect((await post("/gates/other", PAYLOAD)).statusCode).toBe(404);
  expect((await app.inject({ url, headers: { host: "meshscope" } })).statusCode).toBe(404);
  for (const path of ["/api/v1/rollouts", "/gates/../api/v1/rollouts", "/metrics"])
    expect((await app.inject({ url: path, headers: { host: "meshscope" } })).statusCode).toBe(401);
  expect(asked).toEqual([]);
});
