import { defineConfig } from "vitest/config";

// Drivers against real Kubernetes API servers, which are built first where the cache has none (e2e/control/kubernetes/binaries.ts).
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["e2e/control/kubernetes/**/*.test.ts"],
    testTimeout: 300_000,
    hookTimeout: 3_600_000,
    pool: "forks",
    fileParallelism: false,
    env: { MESHSCOPE_KUBERNETES: "build" },
  },
});
