import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    // Laws over whole layouts take seconds, and on a machine that is busy or slow some ten times that.
    testTimeout: 60_000,
    pool: "threads",
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        // Pure code keeps nothing between files: they share their modules, which takes half the time.
        test: { name: "pure", include: ["lib/**/*.test.ts"], isolate: false },
      },
      {
        extends: true,
        test: {
          name: "rest",
          include: [
            "collector/**/*.test.ts",
            "components/**/*.test.ts",
            "components/**/*.test.tsx",
            "app/**/*.test.ts",
            ".ci/**/*.test.ts",
          ],
        },
      },
    ],
  },
});
