/**
 * The ports of the receivers, held by main while other processes receive. In: ports (0 = a free one), and where a
 * connection goes. Out: the ports in use and a stop. Main accepts and hands over, one connection after another to the
 * processes in turn: where several processes accept on one socket the kernel gives most connections to few of them, and
 * senders of spans keep theirs for hours.
 */
import { createServer, type Server, type Socket } from "node:net";
import {
  type Board,
  type Closable,
  describeReceiver,
  type HttpKind,
  listen,
  openAll,
  openGrpc,
  type ReceiverPorts,
  type Receivers,
} from "../receivers/start.ts";

export interface AcceptorOptions {
  readonly listen: ReceiverPorts;
  readonly board: Board;
  /** Takes over a connection that nothing was read from. */
  handOver(kind: HttpKind, socket: Socket): void;
}

async function openAcceptor({ listen: ports, board, handOver }: AcceptorOptions, kind: HttpKind): Promise<Closable> {
  const server: Server = createServer({ pauseOnConnect: true, noDelay: true });
  server.on("connection", (socket) => {
    // A client may leave before its connection has arrived where it goes.
    socket.on("error", () => {});
    handOver(kind, socket);
  });
  const port = await listen(server, ports.ingestHost, ports[kind], `listen.${kind}`);
  board.open(describeReceiver(kind, `${ports.ingestHost}:${port}`));
  // Connections that were handed over count as open until their process ends them: not waited for here.
  const close = async (): Promise<void> => {
    server.close();
  };
  return { port, close };
}

/** Rejects with a ReceiverStartError, as `startReceivers` does. gRPC stays with main: it only says that it is not built. */
export function openAcceptors(options: AcceptorOptions): Promise<Receivers> {
  return openAll(
    (kind) => openAcceptor(options, kind),
    () => openGrpc(options.listen, options.board),
  );
}
