/** A receiving process: wiring around `ShardProcess`. Started by the collector, which it hears and answers by messages. */
import { parentEnd } from "./shards/port.ts";
import { ShardProcess } from "./shards/shard-process.ts";
import { systemClock } from "./telemetry/clock.ts";
import { watchHeapRoom } from "./telemetry/heap-room.ts";
import { jsonLog } from "./telemetry/log.ts";

watchHeapRoom();
const log = jsonLog((line) => process.stderr.write(line), systemClock.nowMs);
new ShardProcess({ parent: parentEnd(process), clock: systemClock, log });
