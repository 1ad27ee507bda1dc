/** One animation frame at a time: `request` any number of times, drawn once; a frame that returns true asks for another. */
export class Scheduler {
  readonly #draw: (nowMs: number) => boolean;
  #pending = 0;

  constructor(draw: (nowMs: number) => boolean) {
    this.#draw = draw;
  }

  request(): void {
    if (this.#pending !== 0) return;
    this.#pending = requestAnimationFrame((nowMs) => {
      this.#pending = 0;
      if (this.#draw(nowMs)) this.request();
    });
  }

  /** What was asked for is drawn at once: for whoever needs the picture, and not only to look at. */
  flush(): void {
    if (this.#pending === 0) return;
    this.stop();
    if (this.#draw(performance.now())) this.request();
  }

  stop(): void {
    cancelAnimationFrame(this.#pending);
    this.#pending = 0;
  }
}
