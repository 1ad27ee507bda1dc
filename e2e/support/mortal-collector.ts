/** A collector that dies now and then: started again when the one before is gone, with what it is told of its failpoints. */
import { type CollectorProcess, startCollector } from "./collector-process.ts";

export class MortalCollector {
  /** Asked at each start: what the collector talks to may not be open before. */
  private readonly settings: () => Record<string, unknown>;
  private collector: CollectorProcess | undefined;
  private exited: Promise<unknown> = Promise.resolve();
  starts = 0;

  constructor(settings: () => Record<string, unknown>) {
    this.settings = settings;
  }

  get process(): CollectorProcess {
    if (this.collector === undefined) throw new Error("no collector runs");
    return this.collector;
  }

  get isRunning(): boolean {
    const child = this.collector?.child;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** False: it died before it was ready. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<boolean> {
    await this.exited;
    this.starts++;
    try {
      const collector = await startCollector(this.settings(), env);
      this.collector = collector;
      this.exited = new Promise((resolve) => collector.child.once("exit", resolve));
      return true;
    } catch (error) {
      if (/ended with null/.test(String(error))) return false;
      throw error;
    }
  }

  async kill(): Promise<void> {
    this.process.child.kill("SIGKILL");
    await this.exited;
  }
}
