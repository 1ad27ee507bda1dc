/**
 * One kept-alive HTTP/1.1 connection that posts bodies, with as little work of its own as can be: the load shares the
 * machine with what it measures. In: a port, a path and headers. Out: the status of each answer. Not handled: answers in
 * chunks, which no receiver here sends.
 */
import { connect, type Socket } from "node:net";

export interface Target {
  readonly port: number;
  readonly path: string;
  readonly type: string;
  readonly gzip: boolean;
}

const LENGTH = /\r\ncontent-length: *(\d+)/i;

export class Connection {
  private readonly socket: Socket;
  private readonly head: string;
  private readonly opened: Promise<void>;
  private received: Buffer = Buffer.alloc(0);
  private waiting: { resolve(status: number): void; reject(error: Error): void } | undefined;

  constructor({ port, path, type, gzip }: Target) {
    const encoding = gzip ? "content-encoding: gzip\r\n" : "";
    this.head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: ${type}\r\n${encoding}content-length: `;
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.opened = new Promise((resolve, reject) => {
      this.socket.once("connect", resolve).once("error", reject);
    });
    this.socket.on("data", (chunk) => this.hear(chunk));
    this.socket.on("error", (error) => this.fail(error));
    this.socket.on("close", () => this.fail(new Error("the connection was closed")));
  }

  open(): Promise<void> {
    return this.opened;
  }

  private fail(error: Error): void {
    this.waiting?.reject(error);
    this.waiting = undefined;
  }

  private hear(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    const headEnd = this.received.indexOf("\r\n\r\n");
    if (headEnd < 0) return;
    const head = this.received.toString("latin1", 0, headEnd);
    const length = Number(LENGTH.exec(head)?.[1] ?? 0);
    if (this.received.length < headEnd + 4 + length) return;
    this.received = Buffer.alloc(0);
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.resolve(Number(head.slice(9, 12)));
  }

  /** The body is the caller's again when this resolves. */
  post(body: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.cork();
      this.socket.write(`${this.head}${body.length}\r\n\r\n`, "latin1");
      this.socket.write(body);
      this.socket.uncork();
    });
  }

  close(): void {
    this.socket.destroy();
  }
}
