/** The access rules that the guide gives for Consul, taken from its text, with a service's name put in. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const GUIDE = resolve(fileURLToPath(import.meta.url), "../../../../docs/guide/permissions.md");

/** The block of the guide under `<!-- name -->`, fences taken off. */
export function guideBlock(name: string): string {
  const text = readFileSync(GUIDE, "utf8");
  const found = new RegExp(`<!-- ${name} -->\\s*\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``).exec(text)?.[1];
  if (found === undefined) throw new Error(`the guide has no block ${name}`);
  return found;
}

const policy =
  (name: string) =>
  (service: string): string =>
    guideBlock(name).replaceAll('"web"', `"${service}"`);

export const READ_POLICY = policy("consul-read");
export const ACT_POLICY = policy("consul-act");
