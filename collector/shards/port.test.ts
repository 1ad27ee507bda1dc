/** A process that dies with connections underway: its end is told, and every sender is let go. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { childEnd } from "./port.ts";

/** Answers what it is sent on each connection. */
const ECHO = `
process.on("message", (message, socket) => {
  process.send("taken");
  socket.on("data", (chunk) => socket.end(chunk));
  socket.resume();
});
process.send({ type: "opened" });
`;

let folder = "";
let child: ChildProcess;
let server: Server;
const accepted: Socket[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "meshscope-port-"));
  writeFileSync(join(folder, "echo.mjs"), ECHO);
  child = fork(join(folder, "echo.mjs"), [], { serialization: "advanced", execArgv: [] });
  server = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on("error", () => {});
    accepted.push(socket);
  }).listen(0, "127.0.0.1");
  await Promise.all([once(child, "message"), once(server, "listening")]);
});
afterEach(() => {
  child.kill("SIGKILL");
  for (const socket of accepted.splice(0)) socket.destroy();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function client(): Promise<{ socket: Socket; closed: Promise<unknown> }> {
  const address = server.address();
  const socket = connect(typeof address === "object" && address !== null ? address.port : 0, "127.0.0.1");
  socket.on("error", () => {});
  const closed = once(socket, "close");
  await once(socket, "connect");
  return { socket, closed };
}

/** As many connections as are asked for, in main's hands. */
async function connections(count: number) {
  const clients = await Promise.all(Array.from({ length: count }, client));
  await expect.poll(() => accepted.length).toBe(count);
  return clients;
}

test("a connection that was handed over is served, and main holds no copy of it", async () => {
  const end = childEnd(child);
  end.onMessage(() => {});
  const [caller] = await connections(1);
  const [socket] = accepted;
  end.send({ type: "connection", kind: "zipkin" }, socket, () => {});
  await expect.poll(() => socket?.destroyed).toBe(true);
  caller?.socket.write("hello");
  const [chunk] = await once(caller?.socket ?? child, "data");
  expect(String(chunk)).toBe("hello");
  await caller?.closed;
});

test("a process that is killed with connections underway is gone, and none of their senders waits on", async () => {
  const end = childEnd(child);
  end.onMessage(() => {});
  const clients = await connections(3);
  child.kill("SIGSTOP");
  let failed = 0;
  for (const socket of accepted)
    end.send({ type: "connection", kind: "zipkin" }, socket, () => {
      failed++;
      socket.destroy();
    });
  const gone = new Promise<string>((resolve) => end.onGone(resolve));
  child.kill("SIGKILL");
  expect(await gone).toBe("SIGKILL");
  await Promise.all(clients.map(({ closed }) => closed));
  expect(failed).toBe(3);
});
