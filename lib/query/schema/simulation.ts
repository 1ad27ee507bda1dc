/** The simulated estate's control API, `GET /incidents` and `POST /incidents/{name}`: what can be made to go wrong in it. */
import { z } from "zod";

export const incidentSchema = z.object({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  active: z.boolean(),
  /** Unix ms; null while it is off. */
  sinceMs: z.number().nullable(),
});
export type Incident = z.infer<typeof incidentSchema>;

export const incidentListSchema = z.object({ incidents: z.array(incidentSchema) });
