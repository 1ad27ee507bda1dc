/** `GET /graph?detail=full` as the whole records of its edges by id. One that does not fit the schema is left out. */
import { z } from "zod";
import { type EdgeDetail, edgeDetailSchema } from "./graph.ts";

export type EdgeRecords = ReadonlyMap<string, EdgeDetail>;

function readable(edges: readonly unknown[]): EdgeRecords {
  const read = edges.flatMap((edge) => {
    const parsed = edgeDetailSchema.safeParse(edge);
    return parsed.success ? [[parsed.data.id, parsed.data] as const] : [];
  });
  return new Map(read);
}

export const edgeRecordsSchema = z.object({ edges: z.array(z.unknown()).transform(readable) });
