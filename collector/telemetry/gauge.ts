/** A gauge that is read where its value is kept, when it is asked for: it cannot drift from it. */
import { Gauge, type Registry } from "prom-client";

export function gaugeOn(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

/** The same by code. */
export function gaugeByCode(
  registry: Registry,
  name: string,
  help: string,
  read: () => Iterable<readonly [string, number]>,
): void {
  new Gauge({
    name,
    help,
    labelNames: ["code"],
    registers: [registry],
    collect() {
      for (const [code, count] of read()) this.set({ code }, count);
    },
  });
}
