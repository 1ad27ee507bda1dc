// Where things are, for every launcher module.
import { fileURLToPath } from "node:url";

/** Repository root, without a trailing slash. */
export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");
export const buildFolder = `${root}/.build`;
