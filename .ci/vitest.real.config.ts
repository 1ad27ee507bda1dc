import { defineConfig } from "vitest/config";

// Whole processes and real parts: each test starts what it needs on loopback. Three files at a time: most of them wait.
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: [
      "e2e/real/**/*.test.ts",
      "e2e/prometheus/**/*.test.ts",
      "e2e/control/**/*.test.ts",
      "e2e/process/**/*.test.ts",
      "e2e/faults/**/*.test.ts",
    ],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    pool: "forks",
    // What waits for real programs on two busy cores is tried once more.
    retry: 1,
    maxWorkers: 3,
  },
});
