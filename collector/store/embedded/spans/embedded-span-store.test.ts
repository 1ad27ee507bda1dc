/** The store of spans on disk: the contract of every span store, and its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { SPAN_STORE_CASES } from "../../span-store-contract.ts";
import { EXEMPLAR_CASES } from "../../span-store-contract-exemplars.ts";
import { EmbeddedSpanStore, type EmbeddedSpanStoreOptions } from "./embedded-span-store.ts";

const folders: string[] = [];

const stores: EmbeddedSpanStore[] = [];

async function opened(options: Partial<EmbeddedSpanStoreOptions> = {}): Promise<EmbeddedSpanStore> {
  const store = await EmbeddedSpanStore.open({ folder: folder(), groupMs: 0, ...options });
  stores.push(store);
  return store;
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "spans-"));
  folders.push(made);
  return made;
}

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
  for (const made of folders.splice(0)) rmSync(made, { recursive: true });
});

test.each([...SPAN_STORE_CASES, ...EXEMPLAR_CASES])("contract: $name", async ({ run }) => {
  await expect(run(opened)).resolves.toBeUndefined();
});
