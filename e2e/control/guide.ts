/** The rights that the guide gives, taken from its text: what it says is what is tested. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const GUIDE = resolve(fileURLToPath(import.meta.url), "../../../docs/guide/permissions.md");

/** The block of the guide under `<!-- name -->`, fences taken off. */
export function guideBlock(name: string): string {
  const text = readFileSync(GUIDE, "utf8");
  const found = new RegExp(`<!-- ${name} -->\\s*\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``).exec(text)?.[1];
  if (found === undefined) throw new Error(`the guide has no block ${name}`);
  return found;
}

/** A policy of Consul, for another service than the guide's. */
export function consulRules(name: "consul-read" | "consul-act", service: string): string {
  return guideBlock(name).replaceAll('"web"', `"${service}"`);
}
