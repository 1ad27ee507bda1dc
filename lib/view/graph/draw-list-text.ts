/** A draw list as lines of text, one a mark, positions rounded to whole pixels: what snapshot tests compare. */
import type { DrawList } from "./draw-marks.ts";
import type { Scene } from "./scene.ts";

export function drawListText(list: DrawList, scene: Scene): string {
  const { view, layout } = scene;
  const lines: string[] = [`zoom ${list.zoom}`];
  const name = (edge: number): string => {
    const mark = view.edges[edge];
    return `${view.nodes[mark?.source ?? -1]?.title} → ${view.nodes[mark?.target ?? -1]?.title}`;
  };
  const flag = (text: string, on: boolean): string => (on ? ` ${text}` : "");
  for (const box of list.boxes) {
    const [x = 0, y = 0, w = 0, h = 0] = [...layout.rects.subarray(4 * box.box, 4 * box.box + 4)].map(Math.round);
    lines.push(`box ${x},${y} ${w}×${h} ${flag("selected", box.selected)}`);
  }
  for (const { title, mark, meshes, detail } of list.titles)
    lines.push(`title "${title}" "${mark}" [${meshes.join(" ")}] "${detail}"`);
  for (const group of list.edges) {
    lines.push(
      `stroke ${group.tone} ${group.width} ${group.dash} α${group.alpha}: ${group.edges.map(name).join("; ")}`,
    );
  }
  for (const edge of list.haloEdges) lines.push(`halo ${name(edge)}`);
  for (const arrow of list.arrows)
    lines.push(`arrow ${arrow.fill} ${arrow.tone} ${arrow.size} α${arrow.alpha} ${name(arrow.edge)}`);
  for (const lock of list.locks) lines.push(`lock ${lock.lock} α${lock.alpha} ${name(lock.edge)}`);
  for (const badge of list.badges)
    lines.push(
      `badges ${badge.badges.map((name, i) => [name, badge.figures[i]].filter(Boolean).join(" ")).join(" ")} α${badge.alpha} ${name(badge.edge)}`,
    );
  for (const node of list.nodes) {
    const at = `${Math.round(layout.x[node.node] ?? 0)},${Math.round(layout.y[node.node] ?? 0)}`;
    const share = node.errorShare > 0 ? ` errors ${node.errorShare}` : "";
    const flags =
      flag("selected", node.selected) +
      flag("matched", node.matched) +
      flag("pinned", node.pinned) +
      flag("no proxy", node.noProxy);
    const what = `${node.shape} ${node.tone} "${node.mark}" [${node.meshes.join(" ")}] r${Math.round(node.radius)}`;
    lines.push(`node ${at} ${what}${share} α${node.alpha}${flags} ${view.nodes[node.node]?.title}`);
  }
  for (const label of list.labels) lines.push(`label "${label.title}" "${label.subtitle}" α${label.alpha}`);
  for (const pill of list.pills) {
    const at = `${Math.round(pill.x)},${Math.round(pill.y)}`;
    lines.push(`pill ${at} "${pill.text}"${flag("notable", pill.notable)} α${pill.alpha} ${name(pill.edge)}`);
  }
  return lines.join("\n");
}
