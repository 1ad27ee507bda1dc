/** Whom a receiver holds for silent: not those whom it did not listen to, nor those whom it has not answered yet. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { ListStore, otlpJsonSpan, type Rig, startRig } from "./receiver-rig.ts";

const REQUEST_TIMEOUT_MS = 200;
/** After an answer: twice that. While one is waited for: 1.5 times. */
const SILENT_MS = 400;

let rig: Rig | undefined;
afterEach(() => rig?.receivers.stop());

async function open(limits: { store?: ListStore } = {}): Promise<Socket> {
  const { store = new ListStore() } = limits;
  rig = await startRig({ store, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  const socket = connect({ port: rig.receivers.ports.otlpHttp, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket;
}

function request(seed: number): string {
  const { body } = otlpJsonSpan(seed);
  const head = "POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json";
  return `${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** The first line of what comes next, or that the connection ended. */
async function heard(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once("data", (chunk) => resolve(chunk.toString().split("\r\n", 1)[0] ?? ""));
    socket.once("close", () => resolve("closed"));
  });
}

function holdLoop(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

test("a client that sent while the event loop was held is heard, however long that was", async () => {
  const socket = await open();
  socket.write(request(1));
  expect(await heard(socket)).toBe("HTTP/1.1 200 OK");
  socket.write(request(2));
  // node:http waits a second longer than it says.
  holdLoop(SILENT_MS + 1_200);
  expect(await heard(socket)).toBe("HTTP/1.1 200 OK");
  socket.destroy();
});

test("a client is kept for as long as its answer takes", async () => {
  const store = new ListStore();
  store.gate = new Promise((resolve) => setTimeout(resolve, 2 * SILENT_MS));
  const socket = await open({ store });
  socket.write(request(3));
  expect(await heard(socket)).toBe("HTTP/1.1 200 OK");
  socket.destroy();
});

test("a client that has its answer and says no more is let go", async () => {
  const socket = await open();
  socket.write(request(4));
  expect(await heard(socket)).toBe("HTTP/1.1 200 OK");
  expect(await heard(socket)).toBe("closed");
});
