/** An HTTP server on a free loopback port for the tests of a driver. */
import { createServer, type RequestListener } from "node:http";

export interface TestServer {
  readonly url: string;
  close(): Promise<void>;
}

export async function serve(answer: RequestListener): Promise<TestServer> {
  const server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
