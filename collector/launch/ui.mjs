// Runs Next in this process, so that it has no child of its own, and ends when the launcher's IPC channel does.
import { join } from "node:path";
import { root } from "./paths.mjs";

process.on("disconnect", () => process.exit(0));
process.argv = [process.argv[0], "next", ...process.argv.slice(2)];
await import(join(root, "node_modules/next/dist/bin/next"));
