/**
 * Opens the receivers of spans and closes them again. In: ports (0 = a free one), the intake, the board. Out: the ports
 * in use and a stop that takes no more, finishes what is in flight and is done within 5 s. No CORS: browsers have no
 * business here. A port in use fails the start with its number and the setting that names it. Where another process holds
 * the ports, the receivers are fed with the connections that it accepted.
 */
import type { AddressInfo, Server, Socket } from "node:net";
import type { Listen } from "../config/config.ts";
import type { Intake } from "../pipeline/span-intake.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { SourceDescription, SourceTally } from "../telemetry/source-board.ts";
import type { Protocol } from "./exchange.ts";
import { HttpReceiver } from "./http-receiver.ts";
import { otlpGrpc } from "./otlp-grpc.ts";
import { otlpHttp } from "./otlp-http.ts";
import { NOTE_EVERY_MS, noteStore } from "./store-note.ts";
import { zipkin } from "./zipkin.ts";

export const HTTP_KINDS = ["otlpHttp", "zipkin"] as const;
export type HttpKind = (typeof HTTP_KINDS)[number];
export type ReceiverPorts = Pick<Listen, "ingestHost" | "otlpGrpc" | "otlpHttp" | "zipkin">;

/** Where sources tell what became of their input. */
export interface Board {
  open(description: SourceDescription): SourceTally;
}

export interface ServingOptions {
  readonly intake: Intake;
  readonly board: Board;
  readonly log: Log;
  readonly clock: Clock;
  /** After inflating. Default 20 MiB. */
  readonly bodyLimitBytes?: number;
  /** A client has this long for a whole request. Default 30 s. */
  readonly requestTimeoutMs?: number;
}

export interface ReceiverOptions extends ServingOptions {
  readonly listen: ReceiverPorts;
}

export interface Receivers {
  readonly ports: { readonly otlpGrpc: number; readonly otlpHttp: number; readonly zipkin: number };
  stop(): Promise<void>;
}

export interface FedReceivers {
  /** A connection that another process accepted, paused and unread. */
  adopt(kind: HttpKind, socket: Socket): void;
  stop(): Promise<void>;
}

/** A receiver's port could not be opened. `setting` is its path in the configuration. */
export class ReceiverStartError extends Error {
  readonly code: "port_in_use" | "listen_failed";
  readonly setting: string;

  constructor(code: "port_in_use" | "listen_failed", setting: string, message: string) {
    super(message);
    this.name = "ReceiverStartError";
    this.code = code;
    this.setting = setting;
  }
}

const BODY_LIMIT = 20 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const PROTOCOLS: Readonly<Record<HttpKind, Protocol>> = { otlpHttp, zipkin };

/** Resolves to the port; rejects with a ReceiverStartError. */
export function listen(server: Server, host: string, port: number, setting: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      const message = taken
        ? `port ${port} on ${host} is in use (${setting}): stop what uses it or set ${setting} to another port`
        : `${host}:${port} (${setting}) cannot be opened: ${error.message}`;
      reject(new ReceiverStartError(taken ? "port_in_use" : "listen_failed", setting, message));
    });
    server.listen(port, host, () => {
      const address: AddressInfo | string | null = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

export function describeReceiver(kind: HttpKind | "otlpGrpc", address: string): SourceDescription {
  return { id: kind, kind, address, unit: "spans" };
}

export interface Closable {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves, and says how to end that. */
function run(receiver: HttpReceiver, kind: HttpKind, source: SourceTally, options: ServingOptions) {
  const { intake, log, clock, bodyLimitBytes = BODY_LIMIT } = options;
  receiver.serve({ protocol: PROTOCOLS[kind], intake, source, log, clock, bodyLimitBytes });
  const timer = setInterval(() => noteStore(source, intake), NOTE_EVERY_MS);
  return (): Promise<void> => {
    clearInterval(timer);
    return receiver.close();
  };
}

/** The source is opened after the port, whose number (0 = a free one) is part of its address. */
async function openHttp(options: ReceiverOptions, kind: HttpKind): Promise<Closable> {
  const { listen: ports, board } = options;
  const receiver = new HttpReceiver(options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS);
  const port = await listen(receiver.server, ports.ingestHost, ports[kind], `listen.${kind}`);
  const source = board.open(describeReceiver(kind, `${ports.ingestHost}:${port}`));
  return { port, close: run(receiver, kind, source, options) };
}

export async function openGrpc(ports: ReceiverPorts, board: Board): Promise<Closable> {
  let source: SourceTally | undefined;
  const describe = (port: number): SourceTally =>
    board.open(describeReceiver("otlpGrpc", `${ports.ingestHost}:${port}`));
  const { server, endSessions } = otlpGrpc(() => {
    source ??= describe(ports.otlpGrpc);
    return source;
  });
  const port = await listen(server, ports.ingestHost, ports.otlpGrpc, "listen.otlpGrpc");
  source ??= describe(port);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        endSessions();
      }),
  };
}

/** Opens all three in this order; what was open is closed again when one cannot be. */
export async function openAll(
  openHttpOf: (kind: HttpKind) => Promise<Closable>,
  openGrpcOf: () => Promise<Closable>,
): Promise<Receivers> {
  const opened: Closable[] = [];
  const keep = async (opening: Promise<Closable>): Promise<number> => {
    const receiver = await opening;
    opened.push(receiver);
    return receiver.port;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(opened.map((receiver) => receiver.close()));
  };
  try {
    const ports = {
      otlpHttp: await keep(openHttpOf("otlpHttp")),
      zipkin: await keep(openHttpOf("zipkin")),
      otlpGrpc: await keep(openGrpcOf()),
    };
    return { ports, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Rejects with a ReceiverStartError; receivers that were already open are then closed again. */
export function startReceivers(options: ReceiverOptions): Promise<Receivers> {
  return openAll(
    (kind) => openHttp(options, kind),
    () => openGrpc(options.listen, options.board),
  );
}

/** Receivers without ports: those of a process that is given its connections. */
export function feedReceivers(options: ServingOptions): FedReceivers {
  const open = (kind: HttpKind) => {
    const receiver = new HttpReceiver(options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS);
    receiver.standBy();
    const close = run(receiver, kind, options.board.open(describeReceiver(kind, "")), options);
    return { receiver, close };
  };
  const receivers = { otlpHttp: open("otlpHttp"), zipkin: open("zipkin") };
  return {
    adopt: (kind, socket) => receivers[kind].receiver.adopt(socket),
    stop: async () => {
      await Promise.all(HTTP_KINDS.map((kind) => receivers[kind].close()));
    },
  };
}
