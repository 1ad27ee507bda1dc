/**
 * What main and a receiving process say to each other, over the channel of a child process. Messages keep their order in
 * each direction. Both ends are of one build: a message that does not fit is a bug, and ends in an error.
 */
import { z } from "zod";
import { HTTP_KINDS } from "../receivers/start.ts";

const position = z.object({ segment: z.number(), offset: z.number() });
const kind = z.enum(HTTP_KINDS);

/** How a process receives. */
export const shardSettingsSchema = z.object({
  /** Name of the log it writes. */
  log: z.string(),
  /** Folder of all logs. */
  folder: z.string(),
  /** What the log holds already, and up to which number segments were ever begun. */
  segments: z.array(z.object({ number: z.number(), bytes: z.number() })),
  beyond: z.number(),
  maxLogBytes: z.number(),
  maxBytesInFlight: z.number(),
});
export type ShardSettings = z.infer<typeof shardSettingsSchema>;

export const toShardSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("open"), settings: shardSettingsSchema }),
  /** Comes with a socket. */
  z.object({ type: z.literal("connection"), kind }),
  /** Answers to claims, by their numbers: whether the body is new. */
  z.object({ type: z.literal("claimed"), verdicts: z.array(z.tuple([z.number(), z.boolean()])) }),
  /** So many bytes of bodies that were handed over are folded. */
  z.object({ type: z.literal("applied"), bytes: z.number() }),
  /** The log is no longer needed up to here. */
  z.object({ type: z.literal("release"), through: position }),
  z.object({ type: z.literal("stop") }),
]);
export type ToShard = z.infer<typeof toShardSchema>;

const acceptedSchema = z.object({
  kind,
  /** Where its record ends in the log of the process. */
  position,
  /** Of the body, inflated. */
  bytes: z.number(),
  /** Tells the body from others of the last minutes. */
  key: z.string(),
  spans: z.number(),
  /** How many of the message's sides are of this batch. */
  sides: z.number(),
});
export type AcceptedBatch = z.infer<typeof acceptedSchema>;

/** Of one process: its log and its intake. Counts are since it was started. */
const statsSchema = z.object({
  bytes: z.number(),
  segmentCount: z.number(),
  /** Number of the segment being written. */
  newest: z.number(),
  bytesWaiting: z.number(),
  /** Why the log takes nothing at present. */
  failing: z.string().optional(),
  counts: z.object({
    appended: z.number(),
    bytes: z.number(),
    commits: z.number(),
    commitMs: z.number(),
    slowestCommitMs: z.number(),
    failures: z.number(),
  }),
  bytesInFlight: z.number(),
  events: z.object({ repeated: z.number(), refused: z.number(), refusedSpans: z.number() }),
});
export type ShardStats = z.infer<typeof statsSchema>;

/** A call of `SourceTally`, as a receiver made it. */
const tallySchema = z.discriminatedUnion("call", [
  z.object({ call: z.literal("succeeded"), kind, items: z.number(), durationMs: z.number().optional() }),
  z.object({ call: z.literal("failed"), kind, code: z.string(), message: z.string() }),
  z.object({ call: z.literal("dropped"), kind, code: z.string(), items: z.number(), message: z.string().optional() }),
  z.object({ call: z.literal("note"), kind, code: z.string(), message: z.string() }),
  z.object({ call: z.literal("clearNote"), kind, code: z.string() }),
]);
export type TallyCall = z.infer<typeof tallySchema>;

export const fromShardSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("opened") }),
  z.object({ type: z.literal("claim"), claims: z.array(z.tuple([z.number(), z.string()])) }),
  /** What happened since the last message of this type: it is told together, so that counts and edges agree. */
  z.object({
    type: z.literal("news"),
    /** Acknowledged bodies in the order of the log. */
    batches: z.array(acceptedSchema),
    /** Sides of all of them, as `encodeSides` writes them. */
    sides: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
    tallies: z.array(tallySchema),
    /** Keys of bodies that were claimed and not kept. */
    unclaimed: z.array(z.string()),
  }),
  z.object({ type: z.literal("stats"), stats: statsSchema }),
]);
export type FromShard = z.infer<typeof fromShardSchema>;
export type ShardNews = Extract<FromShard, { type: "news" }>;
