/** What a person's click is told, where a busy machine lets it come again and where it does not. */
import { createServer } from "node:http";
import { afterEach, expect, test } from "vitest";
import { clicksOn } from "./clicks.ts";

const SLOW = { status: 503, body: { code: "slow", message: "no time" } };
const REPEATED = { status: 200, body: { code: "repeated" } };
const TAKEN = { status: 202, body: {} };

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** The status of one click on an API that gives these answers in turn, and how often it was asked. */
async function click(...answers: readonly { readonly status: number; readonly body: object }[]) {
  const intents: string[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    intents.push(JSON.parse(text).intentId);
    const { status, body } = answers[intents.length - 1] ?? { status: 500, body: {} };
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  closing.push(() => server.close());
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const told = await clicksOn(() => ({ api: `http://127.0.0.1:${port}` }))("a", "promote", "1");
  return { status: told.status, asked: intents.length, intents: new Set(intents).size };
}

test("a click that had no time comes again with the same intent, and was taken where that one is repeated", async () => {
  expect(await click(SLOW, REPEATED)).toEqual({ status: 202, asked: 2, intents: 1 });
  expect(await click(SLOW, SLOW, TAKEN)).toEqual({ status: 202, asked: 3, intents: 1 });
});

test("a first click that is told to be repeated was taken for another, and is not passed off as taken", async () => {
  expect(await click(REPEATED)).toEqual({ status: 200, asked: 1, intents: 1 });
});
