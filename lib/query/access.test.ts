import { describe, expect, test } from "vitest";
import { describeNeed, isAllowed, LOCAL_SUBJECT, type Subject } from "./access.ts";

const ann: Subject = {
  name: "ann",
  grants: [
    { role: "viewer" },
    { role: "operator", mesh: "istio" },
    { role: "approver", cluster: "c1", namespace: "shop" },
  ],
};

describe("access", () => {
  test("a role holds the ones below it, in its own place alone", () => {
    expect(isAllowed(ann, "viewer", { mesh: "consul", cluster: "x", namespace: "y" })).toBe(true);
    expect(isAllowed(ann, "operator", { mesh: "istio", cluster: "x", namespace: "y" })).toBe(true);
    expect(isAllowed(ann, "operator", { mesh: "consul", cluster: "x", namespace: "y" })).toBe(false);
    expect(isAllowed(ann, "operator", { mesh: "consul", cluster: "c1", namespace: "shop" })).toBe(true);
    expect(isAllowed(ann, "approver", { mesh: "istio", cluster: "c1", namespace: "shop" })).toBe(true);
    expect(isAllowed(ann, "approver", { mesh: "istio", cluster: "c1", namespace: "other" })).toBe(false);
  });

  test("what has no place asks for any grant of the role", () => {
    expect(isAllowed(ann, "approver")).toBe(true);
    expect(isAllowed({ name: "bob", grants: [] }, "viewer")).toBe(false);
  });

  test("a grant that names a namespace does not hold where none is named", () => {
    expect(isAllowed({ name: "bob", grants: [{ role: "viewer", namespace: "shop" }] }, "viewer", {})).toBe(false);
  });

  test("without a login the machine's own users may do all", () => {
    expect(isAllowed(LOCAL_SUBJECT, "approver", { mesh: "istio", cluster: "c", namespace: "n" })).toBe(true);
  });

  test("what is missing is said in words", () => {
    expect(describeNeed("approver", { mesh: "istio", cluster: "c1", namespace: "shop" })).toBe(
      "approver in istio, cluster c1, namespace shop",
    );
    expect(describeNeed("viewer", undefined)).toBe("viewer");
  });
});
