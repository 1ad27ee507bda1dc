import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: [
      "lib/**/*.test.ts",
      "collector/**/*.test.ts",
      "components/**/*.test.ts",
      "components/**/*.test.tsx",
      "app/**/*.test.ts",
      ".ci/**/*.test.ts",
    ],
    testTimeout: 20_000,
    pool: "threads",
    maxWorkers: 2,
  },
});
