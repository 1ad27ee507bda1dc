/** Certificates over readings: renewals that happened, jitter that is none, whole days, sentinels. */
import { expect, test } from "vitest";
import { CertificateLog } from "./certificate-log.ts";

const T0 = 1_700_000_000_000;
const HOUR = 3_600_000;
const leaf = { kind: "certificateSeconds", name: "default", role: "leaf" } as const;
const days = { kind: "certificateSeconds", name: "first to expire", scale: 86_400 } as const;
const only = (log: CertificateLog) => log.facts()[0];

test("time left that ticks down is one certificate, whatever the rounding of the clocks", () => {
  const log = new CertificateLog();
  for (let i = 0; i < 100; i++) {
    const jitter = (i % 3) - 1;
    expect(
      log.take(
        leaf,
        'istio_agent_cert_expiry_seconds{resource_name="default"}',
        86_400 - i * 10 + jitter,
        T0 + i * 10_000,
      ),
    ).toBe(true);
  }
  expect(only(log)).toMatchObject({
    name: "default",
    role: "leaf",
    family: "istio_agent_cert_expiry_seconds",
    renewedAtSec: null,
    resolutionSec: 0,
    firstReadMs: T0,
    lastReadMs: T0 + 990_000,
  });
});

test("a later expiry is a renewal, seen when it was first read", () => {
  const log = new CertificateLog();
  log.take(leaf, "f", 43_200, T0);
  log.take(leaf, "f", 86_400, T0 + 10_000);
  expect(only(log)).toMatchObject({ renewedAtSec: T0 / 1000 + 10, expiresAtSec: T0 / 1000 + 10 + 86_400 });
});

test("whole days stand still for a day: the greatest bound holds, and only more than a day's jump is a renewal", () => {
  const log = new CertificateLog();
  // 2.9 days left, read as 2 for 21 hours, and as 1 after that.
  const read = (hours: number, left: number) => log.take(days, "d", left * 86_400, T0 + hours * HOUR);
  read(0, 2);
  read(20, 2);
  read(22, 1);
  const bound = T0 / 1000 + 20 * 3600 + 2 * 86_400;
  expect(only(log)).toMatchObject({ expiresAtSec: bound, renewedAtSec: null, resolutionSec: 86_400 });
  read(60, 2);
  expect(only(log)).toMatchObject({ renewedAtSec: T0 / 1000 + 60 * 3600 });
});

test("a sentinel is a certificate of which nothing is known, and takes back what was", () => {
  const log = new CertificateLog();
  log.withheld(leaf, "f", T0);
  expect(only(log)).toMatchObject({ expiresAtSec: null, lastReadMs: T0 });
  log.take(leaf, "f", 60, T0);
  log.withheld(leaf, "f", T0 + 10_000);
  expect(only(log)).toMatchObject({ expiresAtSec: null, lastReadMs: T0 + 10_000 });
  expect(log.firstToExpireSec(T0)).toBeUndefined();
});

test("the proxy's own word for the last renewal is kept, and other meanings are not taken", () => {
  const log = new CertificateLog();
  log.take(leaf, "f", 60, T0);
  log.take({ kind: "certificateRefreshed", name: "default" }, "g", 1_699_999_000, T0);
  expect(only(log)).toMatchObject({ refreshedAtSec: 1_699_999_000 });
  expect(log.take({ kind: "uptimeSeconds" }, "u", 1, T0)).toBe(false);
});

test("names are bounded, and the first to expire of all is told", () => {
  const log = new CertificateLog();
  for (let i = 0; i < 500; i++) log.take({ ...leaf, name: `c${i}` }, "f", 1000 + i, T0);
  expect(log.facts()).toHaveLength(64);
  expect(log.firstToExpireSec(T0)).toBe(1000);
});
