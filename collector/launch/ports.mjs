// Ports for the demo: the documented one where it is free, else any free one.
import { createServer } from "node:net";

function tryPort(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(address.port));
    });
  });
}

/** @returns {Promise<number>} `port` when nothing listens there, else a free one */
export async function preferPort(port) {
  return (await tryPort(port)) ?? (await tryPort(0));
}
