/**
 * Splits as they are, and their changes as they happen. In: a client; out: a call for each object that is there, that comes,
 * changes or goes, of every kind that is served and every namespace that is configured. A watch goes on from the last revision it saw (bookmarks move
 * it on); when the server has forgotten that (410 Gone) the objects are listed again, and those that are other than when
 * they were last seen are told. Faults are told and waited out, longer each time; nothing is polled. A watch that its server
 * does not end when it should is one whose connection is dead: it is begun again.
 */
import type { JsonObject } from "../../lib/control/traffic/document.ts";
import { at, objectOf, textOf } from "../../lib/control/traffic/document.ts";
import { KINDS, KUBERNETES_DRIVERS, type KubernetesDriver, listPath } from "../../lib/control/traffic/kubernetes.ts";
import { parsedJson, readOutcome } from "../../lib/control/traffic/kubernetes-answer.ts";
import { withDeadline } from "./deadline.ts";
import { type KubernetesClient, readFailureOf } from "./kubernetes-client.ts";
import type { ReadFailure, Watching } from "./traffic-api.ts";

type Seen = (driver: KubernetesDriver, raw: JsonObject) => void;

/** A server ends a watch after this; then it is begun again. A dead connection is found out then, and a little later. */
const WATCH_SECONDS = 60;
const SLACK_MS = 10_000;
/** A server, or something in between, may end every watch at once. */
const BETWEEN_MS = 100;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** A kind that is not served may be installed later. */
const NOT_SERVED_WAIT_MS = 60_000;

interface Place {
  readonly driver: KubernetesDriver;
  readonly namespace: string | null;
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}

const keyOf = (raw: JsonObject): string =>
  `${textOf(at(raw, "metadata", "namespace"))}/${textOf(at(raw, "metadata", "name"))}`;
const revisionOf = (raw: JsonObject): string => textOf(at(raw, "metadata", "resourceVersion")) ?? "";

class Watch {
  private readonly client: KubernetesClient;
  private readonly place: Place;
  private readonly seen: Seen;
  /** Where to go on from; empty: list first. */
  private revision = "";
  private fault: ReadFailure | null = null;
  private known = new Map<string, string>();

  constructor(client: KubernetesClient, place: Place, seen: Seen) {
    this.client = client;
    this.place = place;
    this.seen = seen;
  }

  /** One list or one watch. Out: how long to wait before the next, ms; null: a fault. */
  async turn(signal: AbortSignal): Promise<number | ReadFailure> {
    const kind = KINDS[this.place.driver];
    const version = await this.client.servedVersion(kind, signal);
    if (!version.ok) return readFailureOf(version.error);
    if (version.value === null) return NOT_SERVED_WAIT_MS;
    const path = listPath(kind, version.value, this.place.namespace);
    return this.revision === "" ? this.list(path, signal) : this.watch(path, signal);
  }

  private async list(path: string, signal: AbortSignal): Promise<number | ReadFailure> {
    const listed = await this.client.list(path, {}, signal);
    if (!listed.ok) {
      if (listed.error.code === "not_served") this.client.forgetVersions();
      return readFailureOf(listed.error);
    }
    const now = new Map(listed.value.items.map((raw) => [keyOf(raw), revisionOf(raw)]));
    for (const raw of listed.value.items)
      if (this.known.get(keyOf(raw)) !== revisionOf(raw)) this.seen(this.place.driver, raw);
    for (const key of this.known.keys()) if (!now.has(key)) this.seen(this.place.driver, removed(key));
    this.known = now;
    this.revision = listed.value.revision;
    return 0;
  }

  private watch(path: string, stopping: AbortSignal): Promise<number | ReadFailure> {
    const { watchSeconds = WATCH_SECONDS, timeoutMs = SLACK_MS } = this.client.options;
    const limitMs = 1000 * watchSeconds + timeoutMs;
    return withDeadline(limitMs, stopping, async ({ signal, isLate }) => {
      try {
        return await this.watchOnce(path, watchSeconds, signal);
      } catch (error) {
        if (stopping.aborted || !isLate()) throw error;
        return {
          code: "unavailable",
          message: `the watch did not end within ${limitMs / 1000} s: its connection is dead`,
        };
      }
    });
  }

  private async watchOnce(path: string, seconds: number, signal: AbortSignal): Promise<number | ReadFailure> {
    const query = new URLSearchParams({
      watch: "1",
      allowWatchBookmarks: "true",
      resourceVersion: this.revision,
      timeoutSeconds: String(seconds),
    });
    const { status, text } = await this.client.stream(`${path}?${query}`, signal, (line) => this.take(line));
    if (status === 200) {
      const { fault } = this;
      this.fault = null;
      return fault ?? BETWEEN_MS;
    }
    const outcome = readOutcome(status, text);
    if (outcome.ok || outcome.error.code !== "expired") return outcome.ok ? 0 : readFailureOf(outcome.error);
    this.revision = "";
    return 0;
  }

  private take(line: string): void {
    const event = parsedJson(line);
    const raw = objectOf(at(event, "object"));
    if (raw === undefined) return;
    const type = at(event, "type");
    if (type === "ERROR") {
      // 410 comes inside a stream that was begun with 200. Whatever else it is, a fresh list is right, but not at once.
      this.revision = "";
      const message = textOf(at(raw, "message")) ?? "the watch was ended with an error";
      this.fault = at(raw, "code") === 410 ? null : { code: "unavailable", message };
      return;
    }
    this.revision = revisionOf(raw);
    if (type === "BOOKMARK") return;
    if (type === "DELETED") this.known.delete(keyOf(raw));
    else this.known.set(keyOf(raw), revisionOf(raw));
    this.seen(this.place.driver, raw);
  }
}

function removed(key: string): JsonObject {
  const [namespace = "", name = ""] = key.split("/");
  return { metadata: { namespace, name } };
}

async function goOn(watch: Watch, signal: AbortSignal, onFault: (failure: ReadFailure) => void): Promise<void> {
  let waitMs = FIRST_WAIT_MS;
  while (!signal.aborted) {
    const outcome = await watch.turn(signal).catch(
      (error): ReadFailure => ({
        code: "unavailable",
        message: error instanceof Error ? error.message : String(error),
      }),
    );
    if (signal.aborted) return;
    if (typeof outcome === "number") {
      waitMs = FIRST_WAIT_MS;
      await rest(outcome, signal);
    } else {
      onFault(outcome);
      await rest(waitMs, signal);
      waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
    }
  }
}

interface Listener {
  readonly seen: Seen;
  readonly onFault: (failure: ReadFailure) => void;
}

/** Kinds of objects that are none of Kubernetes' are left out of `drivers`. */
export function watchSplits(
  client: KubernetesClient,
  { seen, onFault }: Listener,
  drivers: readonly string[] = KUBERNETES_DRIVERS,
): Watching {
  const stopping = new AbortController();
  const places = KUBERNETES_DRIVERS.filter((driver) => drivers.includes(driver)).flatMap((driver) =>
    (client.options.namespaces ?? [null]).map((namespace): Place => ({ driver, namespace })),
  );
  const all = places.map((place) => goOn(new Watch(client, place, seen), stopping.signal, onFault));
  return {
    async stop() {
      stopping.abort();
      await Promise.all(all);
    },
  };
}
