/** A door before an API, at one address all the time: open, or shut as when nobody listens there. */
import { connect, createServer, type Server, type Socket } from "node:net";

export interface ApiDoor {
  readonly url: string;
  open(): Promise<void>;
  shut(): Promise<void>;
}

export async function startDoor(api: string): Promise<ApiDoor> {
  const { hostname, port: to } = new URL(api);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    // The other side may go at any time: that is what the door is for.
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
    return socket;
  };
  const pass = (client: Socket): void => {
    keep(client);
    const server = keep(connect(Number(to), hostname));
    client.pipe(server).pipe(client);
    client.once("close", () => server.destroy());
    server.once("close", () => client.destroy());
  };
  let port = 0;
  let listening: Server | null = null;
  const shut = async (): Promise<void> => {
    const old = listening;
    listening = null;
    for (const socket of sockets) socket.destroy();
    if (old !== null) await new Promise((resolve) => old.close(resolve));
  };
  const open = async (): Promise<void> => {
    await shut();
    const server = createServer(pass);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    const address = server.address();
    port = typeof address === "object" && address !== null ? address.port : 0;
    listening = server;
  };
  await open();
  return { url: `http://127.0.0.1:${port}`, shut, open };
}
