/** Browser tests: Debian's Chromium against demos that the global setup starts once, one for each worker. */
import { defineConfig } from "playwright/test";

export default defineConfig({
  testDir: ".",
  testMatch: /.*\.spec\.ts/,
  testIgnore: process.env["MESHSCOPE_PICTURES"] === undefined ? /pictures\.spec\.ts/ : [],
  globalSetup: "./support/demo-setup.ts",
  // With more, files run side by side, each against an estate of its own. Two cores are full with one.
  workers: Number(process.env["MESHSCOPE_E2E_WORKERS"] ?? 1),
  retries: 0,
  timeout: 60_000,
  expect: { timeout: Number(process.env["MESHSCOPE_EXPECT_MS"] ?? 15_000) },
  outputDir: "../.build/e2e",
  use: {
    browserName: "chromium",
    headless: true,
    viewport: { width: 1440, height: 900 },
    video: "off",
    trace: "on-first-retry",
    // What moves costs a machine without a graphics card its time; tests of it ask for it.
    contextOptions: { reducedMotion: "reduce" },
    launchOptions: {
      executablePath: process.env["MESHSCOPE_CHROMIUM"] ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--no-first-run",
      ],
    },
  },
});
