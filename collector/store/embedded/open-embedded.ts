/** Opens the embedded engine in a data folder. */
import { ok } from "../../../lib/base/result.ts";
import type { OpenEngine } from "../host/store-host.ts";
import { MemoryEngine } from "../memory-engine.ts";

export const openEmbedded: OpenEngine = async () => ok(new MemoryEngine());
