/**
 * The real ClickHouse engine (npm package `chdb`, in this process) behind as much of ClickHouse's HTTP interface as
 * `@clickhouse/client` uses: `POST /?query=…&param_x=…&<setting>=…`, multipart parameters, `GET /ping`, errors with the
 * engine's own code in `X-ClickHouse-Exception-Code`.
 *
 * In: arguments `<folder with node_modules/chdb> <data folder>`. Out: a line `{"port":…}` on stdout once it listens on a
 * free loopback port. Ends when its standard input does. Not handled: sessions, compression, users, streamed answers.
 */
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

const [site, data] = process.argv.slice(2);
const { Session } = createRequire(join(site, "package.json"))("chdb");

/** Of the HTTP interface, not of the engine. */
const NOT_SETTINGS = new Set([
  "query",
  "query_id",
  "database",
  "default_format",
  "wait_end_of_query",
  "session_id",
  "role",
]);

/** Keeps the data folder open: each request has a connection of its own, so that no setting outlives it. */
const keeper = new Session(data);

function bodyOf(request) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    request.on("error", reject);
  });
}

function partsOf(body, boundary) {
  const parts = body.split(`--${boundary}`).slice(1, -1);
  return parts.map((part) => {
    const gap = part.indexOf("\r\n\r\n");
    return [/name="([^"]*)"/.exec(part.slice(0, gap))?.[1] ?? "", part.slice(gap + 4, -2)];
  });
}

const quoted = (text) => `'${text.replace(/\\/g, "\\\\").replace(/'/g, "\\'")}'`;

function statement(parameters, body) {
  const sets = [];
  for (const [name, value] of parameters) {
    if (NOT_SETTINGS.has(name)) continue;
    if (!/^\w+$/.test(name)) throw new Error(`'${name}' is no setting`);
    sets.push(`SET ${name} = ${quoted(value)}; `);
  }
  const query = parameters.get("query");
  return `${sets.join("")}${query === undefined ? body : `${query}\n${body}`}`;
}

async function answer(request) {
  const url = new URL(request.url, "http://localhost");
  const body = await bodyOf(request);
  const parameters = new Map(url.searchParams);
  const boundary = /boundary=(.+)$/.exec(request.headers["content-type"] ?? "")?.[1];
  const sent = boundary === undefined ? body : "";
  for (const [name, value] of boundary === undefined ? [] : partsOf(body, boundary)) parameters.set(name, value);
  const session = new Session(data);
  try {
    return (await session.queryAsync(statement(parameters, sent), { format: "TabSeparated" })).bytes();
  } finally {
    session.close();
  }
}

/** As ClickHouse's handler: what is wrong with the request or its data is 400, a missing table 404, the rest 500. */
const CLIENT_CODES = new Set([6, 26, 27, 38, 41, 53, 62, 72, 117, 130, 131, 321]);
const statusOf = (code) => (code === 60 || code === 81 ? 404 : CLIENT_CODES.has(code) ? 400 : 500);

const server = createServer((request, response) => {
  if (request.url?.startsWith("/ping")) {
    request.resume();
    response.end("Ok.\n");
    return;
  }
  answer(request).then(
    (bytes) => response.end(bytes),
    (error) => {
      const message = String(error?.message ?? error);
      const code = Number(/Code: (\d+)\./.exec(message)?.[1] ?? 0);
      response.writeHead(statusOf(code), { "X-ClickHouse-Exception-Code": String(code) });
      response.end(`${message} (version chdb)\n`);
    },
  );
});

server.listen(0, "127.0.0.1", () => process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`));
process.stdin.resume();
process.stdin.on("end", () => {
  server.close(() => {
    keeper.close();
    process.exitCode = 0;
  });
  server.closeAllConnections();
});
