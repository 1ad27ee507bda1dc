/**
 * How many server spans never met their client: the figure behind "unpaired" on the completeness line. In: verdicts as they
 * fall. Out: their share over the last five minutes, null without any. Kept in slots of 10 s.
 */
const SLOT_MS = 10_000;
const WINDOW_MS = 300_000;

export class SpanVerdicts {
  private readonly slots: { readonly atMs: number; judged: number; unpaired: number }[] = [];

  add(nowMs: number, isUnpaired: boolean): void {
    const atMs = nowMs - (nowMs % SLOT_MS);
    let last = this.slots[this.slots.length - 1];
    if (last?.atMs !== atMs) {
      last = { atMs, judged: 0, unpaired: 0 };
      this.slots.push(last);
    }
    last.judged += 1;
    if (isUnpaired) last.unpaired += 1;
    while ((this.slots[0]?.atMs ?? nowMs) < nowMs - WINDOW_MS) this.slots.shift();
  }

  unpairedShare(nowMs: number): number | null {
    const recent = this.slots.filter(({ atMs }) => atMs >= nowMs - WINDOW_MS);
    const judged = recent.reduce((sum, slot) => sum + slot.judged, 0);
    const unpaired = recent.reduce((sum, slot) => sum + slot.unpaired, 0);
    return judged === 0 ? null : unpaired / judged;
  }
}
