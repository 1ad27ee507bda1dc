/** `GET /notifications`: where events of rollouts are sent, and how that goes. No address and no secret. */
import { z } from "zod";

export const NOTIFIED_EVENTS = ["waiting", "failed", "rolledBack", "promoted"] as const;
export type NotifiedEvent = (typeof NOTIFIED_EVENTS)[number];

export const notificationsSchema = z.object({
  targets: z.array(
    z.object({
      name: z.string(),
      format: z.enum(["generic", "slack"]),
      events: z.array(z.enum(NOTIFIED_EVENTS)),
      pending: z.number(),
      sent: z.number(),
      /** Given up after a day, or pushed out by newer ones. */
      lost: z.number(),
      lastSentMs: z.number().nullable(),
      /** Of the last try, where it failed; null where it did not. */
      error: z.object({ atMs: z.number(), message: z.string() }).nullable(),
    }),
  ),
});
export type NotificationsAnswer = z.infer<typeof notificationsSchema>;
