/** What a mesh's key stands for, where the key alone does not say: the legend's words. In: a key as filters have it. */

const WORDS: Readonly<Record<string, string>> = {
  appmesh: "appmesh: App Mesh (legacy) or ECS Service Connect",
  envoy: "envoy: Envoys of no mesh",
};

export function meshWords(mesh: string): string {
  return WORDS[mesh] ?? mesh;
}
