import { expect, test } from "vitest";
import { baseStatements, createStatements, retentionStatements, type SchemaSettings } from "./ddl.ts";

const HOUR_MS = 3_600_000;
const settings: SchemaSettings = {
  database: "meshscope",
  retention: {
    spansMs: 72 * HOUR_MS,
    rollups: { tenSecondsMs: 6 * HOUR_MS, oneMinuteMs: 72 * HOUR_MS, tenMinutesMs: 90 * 24 * HOUR_MS },
  },
};
const printed = (of: SchemaSettings): string =>
  [...baseStatements(of), ...createStatements(of)].map((statement) => `${statement};\n`).join("\n");

test("the tables of one node are these", async () => {
  await expect(printed(settings)).toMatchFileSnapshot("golden/one-node.sql");
});

test("the tables of a cluster are these; nothing here has ever run them", async () => {
  const text = `-- Never run by this project's tests: the engine they have knows no clusters.\n${printed({ ...settings, cluster: "main" })}`;
  await expect(text).toMatchFileSnapshot("golden/cluster.sql");
});

test("a name is quoted, whatever it is", () => {
  const [create] = baseStatements({ ...settings, database: "a`b", cluster: "c`d" });
  expect(create).toBe("CREATE DATABASE IF NOT EXISTS `a\\`b` ON CLUSTER `c\\`d`");
});

test("nothing is kept past the end of a DateTime", () => {
  const forever = { ...settings, retention: { ...settings.retention, spansMs: 1e15 } };
  const [spans] = retentionStatements(forever);
  expect(spans?.ttl).toBe("toDateTime(MeshscopeReceived) + toIntervalSecond(1261440000)");
});
