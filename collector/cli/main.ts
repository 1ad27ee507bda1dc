/**
 * `meshscope rollout …` and `meshscope audit`: the console's buttons on a command line. In: arguments, the environment, a
 * terminal; out: text or JSON on standard output, what people are told on standard error, and an exit code (`exit-codes.ts`).
 */
import { createInterface } from "node:readline/promises";
import { auditListSchema } from "../../lib/query/schema/audit.ts";
import { rolloutDetailSchema, rolloutListSchema } from "../../lib/query/schema/rollouts.ts";
import { act, sayFailure, type Terminal } from "./act.ts";
import { ApiClient } from "./api-client.ts";
import { type CommandLine, type Query, readCommandLine, USAGE } from "./arguments.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { auditText, detailText, listText } from "./texts.ts";

const terminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  say: (text) => void process.stderr.write(text),
  ask: async (question) => {
    if (process.stdin.isTTY !== true) return null;
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    // The end of the input is no yes.
    const ended = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
    try {
      return await Promise.race([lines.question(question), ended]);
    } finally {
      lines.close();
    }
  },
};

function pathOf(path: string, query: Query): string {
  const parameters = Object.entries(query).flatMap(([name, values]) => values.map((value) => [name, value]));
  return parameters.length === 0 ? path : `${path}?${new URLSearchParams(parameters)}`;
}

interface Read {
  readonly path: string;
  text(body: unknown): string;
}

async function show(client: ApiClient, { path, text }: Read, isJson: boolean): Promise<ExitCode> {
  const answer = await client.call(path);
  if (!answer.ok) {
    terminal.say(`${answer.error}\n`);
    return EXIT.unavailable;
  }
  if (answer.value.status !== 200) return sayFailure(terminal, answer.value, isJson);
  terminal.out(isJson ? `${JSON.stringify(answer.value.body)}\n` : text(answer.value.body));
  return EXIT.done;
}

async function run({ access, isJson, asked }: CommandLine): Promise<ExitCode> {
  if (asked.kind === "help") {
    terminal.out(USAGE);
    return EXIT.done;
  }
  const client = await ApiClient.open(access);
  if (!client.ok) {
    terminal.say(`${client.error}\n`);
    return EXIT.usage;
  }
  switch (asked.kind) {
    case "list":
      return show(
        client.value,
        { path: pathOf("/rollouts", asked.query), text: (body) => listText(rolloutListSchema.parse(body)) },
        isJson,
      );
    case "audit": {
      const text = (body: unknown): string => auditText(auditListSchema.parse(body));
      return show(client.value, { path: pathOf("/audit", asked.query), text }, isJson);
    }
    case "show":
      return show(
        client.value,
        {
          path: `/rollouts/${encodeURIComponent(asked.id)}`,
          text: (body) => detailText(rolloutDetailSchema.parse(body)),
        },
        isJson,
      );
    case "act":
      return act(client.value, terminal, asked, isJson);
  }
}

async function main(): Promise<void> {
  const read = readCommandLine(process.argv.slice(2), process.env, Date.now());
  if (!read.ok) {
    process.stderr.write(`meshscope: ${read.error}\n\n${USAGE}`);
    process.exitCode = EXIT.usage;
    return;
  }
  process.exitCode = await run(read.value);
}

await main();
