/**
 * One step of a replay. In: how long the window now shown stays, and ports to a clock, the data and the screen; out: the
 * next window, shown once its time has come, its own data are at hand and all that was asked of the window now shown has
 * arrived: a replay is never faster than its data, and a step that waited does not hurry the one after it.
 */
export interface ReplayPorts {
  /** Runs once after so many ms; answers how not to. */
  after(ms: number, run: () => void): () => void;
  /** What the next window's picture is made from is at hand. Rejects where it cannot be had. */
  readonly loaded: Promise<unknown>;
  /** Whatever was asked of the window now shown has been answered. */
  isSettled(): boolean;
  /** Runs whenever that may have changed; answers how to stop. */
  onChange(run: () => void): () => void;
  show(): void;
  fail(error: unknown): void;
  /** The step's time has come and its data have not, or have now. */
  waiting(isWaiting: boolean): void;
}

/** Answers how to give the step up. */
export function takeStep(everyMs: number, ports: ReplayPorts): () => void {
  let isDue = false;
  let isLoaded = false;
  let isOver = false;
  const stops: (() => void)[] = [];
  const end = (): void => {
    isOver = true;
    for (const stop of stops) stop();
  };
  const look = (): void => {
    if (isOver || !isDue) return;
    if (!isLoaded || !ports.isSettled()) {
      ports.waiting(true);
      return;
    }
    end();
    ports.waiting(false);
    ports.show();
  };
  stops.push(
    ports.after(everyMs, () => {
      isDue = true;
      look();
    }),
    ports.onChange(look),
  );
  ports.loaded.then(
    () => {
      isLoaded = true;
      look();
    },
    (error: unknown) => {
      if (isOver) return;
      end();
      ports.waiting(false);
      ports.fail(error);
    },
  );
  return end;
}
