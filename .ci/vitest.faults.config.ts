import { defineConfig } from "vitest/config";

// Faults at full size; `npm test` runs the same files at the size CI can carry. One file at a time.
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["e2e/faults/**/*.test.ts", "collector/**/*.faults.test.ts", "lib/**/*.faults.test.ts"],
    testTimeout: 1_800_000,
    hookTimeout: 180_000,
    pool: "forks",
    fileParallelism: false,
    env: { MESHSCOPE_FAULTS: "full" },
  },
});
