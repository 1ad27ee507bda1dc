"use client";
/** Where events of rollouts could not be sent, and how many: who waits for a message should not. */
import { count, plain } from "../../lib/view/format.ts";
import { clock } from "../../lib/view/time.ts";
import { useNotifications } from "../data/rollouts.ts";

export function NotificationFaults() {
  const { data } = useNotifications();
  const failing = data?.targets.filter(({ error, lost }) => error !== null || lost > 0) ?? [];
  if (failing.length === 0) return null;
  return (
    <ul className="border-b border-line bg-panel px-4 py-2 text-degraded-text">
      {failing.map(({ name, pending, lost, error }) => (
        <li key={name}>
          {error === null
            ? `Notices to ${name} are delivered again.`
            : `Notices to ${name} are not delivered: ${error.message}, last tried ${clock(error.atMs)}.`}{" "}
          <span className="text-quiet">
            {plain(count(pending))} waiting, {plain(count(lost))} given up.
          </span>
        </li>
      ))}
    </ul>
  );
}
