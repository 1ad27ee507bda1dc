/**
 * `npm run bench [-- name …] [-- --smoke]`: runs the benches and prints one line a goal,
 * `BENCH <name> <figure> goal <bound> PASS|SHORT|NOISY|SKIP <why>`. Ends with 1 when a goal falls short.
 * `--smoke` is CI's size: the same ratios from fewer rounds.
 */
import { run as decodeOtlp } from "./decode-otlp.ts";
import { run as graphShared } from "./graph-shared.ts";
import type { BenchOptions } from "./options.ts";

const BENCHES: Readonly<Record<string, (options: BenchOptions) => Promise<string[]>>> = {
  "decode-otlp": decodeOtlp,
  "graph-shared": graphShared,
};

const args = process.argv.slice(2);
const options: BenchOptions = { smoke: args.includes("--smoke") };
const names = args.filter((arg) => !arg.startsWith("--"));
const unknown = names.filter((name) => !(name in BENCHES));

if (unknown.length > 0) {
  console.error(`no bench called ${unknown.join(", ")}; there are ${Object.keys(BENCHES).join(", ")}`);
  process.exitCode = 2;
} else {
  for (const [name, run] of Object.entries(BENCHES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    for (const line of await run(options)) {
      console.log(line);
      if (/ SHORT( |$)/.test(line)) process.exitCode = 1;
    }
  }
}
