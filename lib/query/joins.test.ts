/** Which alias a host falls under, and how hosts are compared. */
import { describe, expect, test } from "vitest";
import { AliasBook, joinHost } from "./joins.ts";

describe("an alias", () => {
  const book = new AliasBook([
    { host: "*.example.com", service: "wide" },
    { host: "*.pay.example.com", service: "narrow" },
    { host: "*.pay.example.com:8443", service: "narrow-tls" },
    { host: "billing.pay.example.com", service: "billing" },
    { host: "billing.pay.example.com:8443", service: "billing-tls" },
    { host: "ledger.bank.svc.cluster.local", service: "ledger" },
    { host: "10.0.0.7", service: "seven" },
    { host: "[fd00::7]:80", service: "six" },
  ]);

  test.each([
    ["billing.pay.example.com", "billing"],
    ["billing.pay.example.com:443", "billing"],
    ["Billing.Pay.Example.com.", "billing"],
    ["billing.pay.example.com:8443", "billing-tls"],
    ["other.pay.example.com:8443", "narrow-tls"],
    ["other.pay.example.com", "narrow"],
    ["a.b.example.com", "wide"],
    ["example.com", undefined],
    ["notexample.com", undefined],
    ["ledger.bank.svc", "ledger"],
    ["ledger.bank.svc.other.domain:80", "ledger"],
    ["10.0.0.7:8080", "seven"],
    ["[fd00::7]:80", "six"],
    ["[fd00::7]:81", undefined],
  ])("of %s is that of %s", (host, service) => {
    expect(book.find(host)?.service).toBe(service);
  });
});

test("hosts are compared without case, port and the cluster's own domain", () => {
  expect(joinHost("Ledger.Bank.svc.cluster.local:8080")).toBe("ledger.bank.svc");
  expect(joinHost("A.example.COM.:80")).toBe("a.example.com");
  expect(joinHost("fd00::7")).toBe("fd00::7");
});
