"use client";
/** Where events of rollouts could not be sent: who waits for a message should not. */
import { clock } from "../../lib/view/time.ts";
import { useNotifications } from "../data/rollouts.ts";

export function NotificationFaults() {
  const { data } = useNotifications();
  const failing = data?.targets.filter(({ error }) => error !== null) ?? [];
  if (failing.length === 0) return null;
  return (
    <ul className="border-b border-line bg-panel px-4 py-2 text-degraded-text">
      {failing.map(({ name, pending, error }) => (
        <li key={name}>
          Notices to {name} are not delivered ({pending} waiting): {error?.message}, last tried{" "}
          {clock(error?.atMs ?? 0)}.
        </li>
      ))}
    </ul>
  );
}
