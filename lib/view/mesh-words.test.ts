import { expect, test } from "vitest";
import { MESHES } from "../model/identity.ts";
import { meshWords } from "./mesh-words.ts";

test("every mesh is called by its key first, since filters ask for it", () => {
  for (const mesh of MESHES) expect(meshWords(mesh)).toMatch(new RegExp(`^${mesh}(: |$)`));
});

test("App Mesh is legacy, and what runs the same agent is named", () => {
  expect(meshWords("appmesh")).toContain("legacy");
  expect(meshWords("appmesh")).toContain("ECS Service Connect");
});
