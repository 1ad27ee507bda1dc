import { defineConfig } from "vitest/config";

// The store over ClickHouse against the real engine, which is fetched first (e2e/clickhouse/binary.ts).
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["e2e/clickhouse/**/*.test.ts"],
    testTimeout: 300_000,
    hookTimeout: 360_000,
    pool: "forks",
    fileParallelism: false,
  },
});
