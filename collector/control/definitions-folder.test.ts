/** The folder of definitions: what it takes, where it says a fault is, circles by name, and that a change is read. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DefinitionsFolder, readDefinitions } from "./definitions-folder.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "meshscope-definitions-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const log = { info: () => {}, warn: () => {}, error: () => {} };
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

const yaml = (id: string, more = ""): string => `id: ${id}
name: reviews v2
service: reviews
routes:
  - id: web
    driver: consul
    cluster: dc1
    namespace: default
    object: web
    rule: web
    stable: web/v1
    canary: web/v2
steps:
  - match: {cookie: tester, value: "yes"}
  - pause: manual
  - match: end
  - weight: 0.25
  - analysis: {leastSec: 60}
  - weight: 1
${more}`;

async function faults() {
  const { faults: found } = await readDefinitions(folder);
  return found.map(({ file, line, column, code, message }) => `${file}:${line}:${column} ${code} ${message}`);
}

describe("a folder of definitions", () => {
  test("is read file by file, with shares and times as the machine reads them", async () => {
    write("a.yaml", yaml("a", "after: [b]\nrollback: {shares: [0.1], holdSec: 30}\n"));
    write("b.yml", yaml("b"));
    write("notes.txt", "no definition");
    const { files, faults: none } = await readDefinitions(folder);
    expect(none).toEqual([]);
    expect(files.map(({ file, definition }) => [file, definition.id])).toEqual([
      ["a.yaml", "a"],
      ["b.yml", "b"],
    ]);
    expect(files[0]?.definition).toMatchObject({ after: ["b"], rollback: { sharesBp: [1_000], holdMs: 30_000 } });
    expect(files[0]?.definition.steps[3]).toEqual({ kind: "weight", canaryBp: 2_500 });
  });

  test("says of a fault in which file, line and column it stands", async () => {
    write("1-syntax.yaml", "id: a\n  b: c: d\n");
    write("2-share.yaml", yaml("b").replace("weight: 0.25", "weight: 25"));
    write("3-key.yaml", yaml("c").replace("service:", "servce:"));
    write("4-step.yaml", yaml("d").replace("analysis: {leastSec: 60}", "analyse: {}"));
    write("5-end.yaml", yaml("e").replace("  - weight: 1\n", ""));
    write("6-ruled.yaml", yaml("f").replace("  - match: end\n", ""));
    write("7-regex.yaml", yaml("g").replace('{cookie: tester, value: "yes"}', '{header: a, regex: "("}'));
    expect(await faults()).toEqual([
      expect.stringMatching(/^1-syntax\.yaml:1:5 definition_syntax /),
      expect.stringMatching(/^2-share\.yaml:17:13 definition_invalid steps\.3\.weight: /),
      expect.stringMatching(/^3-key\.yaml:3:1 definition_invalid servce: this key is not known/),
      expect.stringMatching(/^4-step\.yaml:18:5 definition_invalid steps\.4: one of weight, pause, /),
      expect.stringMatching(/^5-end\.yaml:14:3 no_end steps: /),
      expect.stringMatching(/^6-ruled\.yaml:16:5 rule_open steps\.2: /),
      expect.stringMatching(/^7-regex\.yaml:14:31 definition_invalid steps\.0\.match\.regex: a regular expression/),
    ]);
  });

  test("refuses those that wait for each other in a circle, with the circle named, and takes the others", async () => {
    write("a.yaml", yaml("a", "after: [b]\n"));
    write("b.yaml", yaml("b", "after: [c]\n"));
    write("c.yaml", yaml("c", "after: [a]\n"));
    write("d.yaml", yaml("d", "after: [a]\n"));
    write("e.yaml", yaml("e"));
    expect(await faults()).toEqual(
      ["a", "b", "c"].map((id) => `${id}.yaml:20:8 dependency_circle after: these wait for each other: a → b → c → a`),
    );
    const { files } = await readDefinitions(folder);
    expect(files.map(({ file }) => file)).toEqual(["d.yaml", "e.yaml"]);
  });

  test("takes neither of two files with one id", async () => {
    write("a.yaml", yaml("same"));
    write("b.yaml", yaml("same"));
    expect(await faults()).toEqual([
      "a.yaml:1:5 id_twice same is the id of b.yaml as well",
      "b.yaml:1:5 id_twice same is the id of a.yaml as well",
    ]);
  });

  test("is read again when a file comes, changes or goes", async () => {
    const definitions = await DefinitionsFolder.open(folder, log);
    const ids = () => definitions.now.files.map(({ definition }) => definition.id);
    expect(ids()).toEqual([]);
    write("a.yaml", yaml("a"));
    await expect.poll(ids, { timeout: 5_000 }).toEqual(["a"]);
    write("a.yaml", yaml("b"));
    await expect.poll(ids, { timeout: 5_000 }).toEqual(["b"]);
    rmSync(join(folder, "a.yaml"));
    await expect.poll(ids, { timeout: 5_000 }).toEqual([]);
    definitions.close();
  });

  test("that is not there is a fault by itself, and stops nothing", async () => {
    const { files, faults: found } = await readDefinitions(join(folder, "none"));
    expect([files, found[0]?.code]).toEqual([[], "definitions_unreadable"]);
    const definitions = await DefinitionsFolder.open(join(folder, "none"), log);
    expect(definitions.now.files).toEqual([]);
    definitions.close();
  });
});
