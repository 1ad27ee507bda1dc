import { connect, type IncomingHttpHeaders } from "node:http2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ListStore, type Rig, startRig } from "./receiver-rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ store: new ListStore() });
});
afterAll(() => rig.receivers.stop());

function call(path: string): Promise<IncomingHttpHeaders> {
  return new Promise((resolve, reject) => {
    const session = connect(rig.grpc);
    session.once("error", reject);
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
    });
    stream.once("error", reject);
    stream.once("response", (headers) => {
      session.close();
      resolve(headers);
    });
    stream.end(Buffer.from([0, 0, 0, 0, 0]));
  });
}

test("an OTLP/gRPC export is answered UNIMPLEMENTED with the way round, and counted", async () => {
  const headers = await call("/opentelemetry.proto.collector.trace.v1.TraceService/Export");
  expect(headers[":status"]).toBe(200);
  expect(headers["grpc-status"]).toBe("12");
  expect(decodeURI(String(headers["grpc-message"]))).toContain("4318");
  expect(rig.source("otlpGrpc").lastError?.code).toBe("not_built");
  expect(await rig.failures("otlpGrpc")).toEqual({ not_built: 1 });
});

test("a session left open does not hold the stop", async () => {
  const other = await startRig({ store: new ListStore() });
  const session = connect(other.grpc);
  session.on("error", () => {});
  await new Promise((resolve) => session.once("connect", resolve));
  await other.receivers.stop();
  await new Promise<void>((resolve) => (session.closed ? resolve() : session.once("close", () => resolve())));
  expect(session.closed || session.destroyed).toBe(true);
});
