/** Control planes of the file, with paths made absolute. */
import { resolve } from "node:path";
import type { ControlConfig } from "./config.ts";
import type { FileConfig } from "./schema.ts";

export function controlOf({ consul }: FileConfig["control"], folder: string): ControlConfig {
  return {
    consul: consul.map(({ tokenFile, ...rest }) => ({
      ...rest,
      ...(tokenFile === undefined ? {} : { tokenFile: resolve(folder, tokenFile) }),
    })),
  };
}

/** The first name that stands twice: a rollout finds its control plane by name. */
export function nameTwice({ consul }: FileConfig["control"]): string | undefined {
  const names = consul.map(({ name }) => name);
  return names.find((name, i) => names.indexOf(name) !== i);
}
