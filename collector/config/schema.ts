/** The shape of `meshscope.yaml`, with defaults. Objects are strict: an unknown key is an error that names it. */
import { z } from "zod";
import { MESHES } from "../../lib/model/identity.ts";
import { grantSchema } from "../../lib/query/access.ts";
import { NOTIFIED_EVENTS } from "../../lib/query/schema/notifications.ts";
import { parseDurationMs, parseSizeBytes } from "./units.ts";

const duration = z.string().transform((text, context) => {
  const ms = parseDurationMs(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: "custom", message: `"${text}" is not a duration; write a number with ms, s, m, h or d` });
  return z.NEVER;
});

const size = z.string().transform((text, context) => {
  const bytes = parseSizeBytes(text);
  if (bytes !== undefined) return bytes;
  context.addIssue({ code: "custom", message: `"${text}" is not a size; write a number with B, KiB, MiB or GiB` });
  return z.NEVER;
});

const port = z.number().int().min(0).max(65535);
const labels = z.record(z.string(), z.string());
const placeNames = z.record(z.string().min(1), z.string().min(1));
const targetUrl = z.url({ protocol: /^https?$/, error: "a target is an http or https URL" });

export const listenSchema = z.strictObject({
  host: z.string().min(1).default("127.0.0.1"),
  ingestHost: z.string().min(1).default("127.0.0.1"),
  otlpGrpc: port.default(4317),
  otlpHttp: port.default(4318),
  zipkin: port.default(9411),
  api: port.default(4320),
  ui: port.default(3000),
});

const jobSchema = z.strictObject({
  name: z.string().min(1),
  mesh: z.enum([...MESHES, "auto"]).default("auto"),
  interval: duration.default(10_000),
  bodyLimit: size.default(64 * 1024 ** 2),
  sampleLimit: z.number().int().positive().default(500_000),
  targets: z.array(z.union([targetUrl, z.strictObject({ url: targetUrl, labels: labels.default({}) })])).default([]),
  labels: labels.default({}),
  names: z.strictObject({ clusters: placeNames.default({}), namespaces: placeNames.default({}) }).prefault({}),
});

/** A host name, with `*.` in front for all below it and a port behind where it matters; an address in brackets or not. */
const ALIAS_HOST =
  /^(?:(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?(?::[0-9]{1,5})?|\[[0-9a-f:.]+\](?::[0-9]{1,5})?|[0-9a-f]*:[0-9a-f:.]+)$/i;

const aliasSchema = z.strictObject({
  host: z.string().regex(ALIAS_HOST, {
    error: "a host is a name or address without scheme and path, such as billing.example.com:8443 or *.example.com",
  }),
  cluster: z.string().optional(),
  namespace: z.string().optional(),
  service: z.string().min(1),
});

const clickhouseSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: "the HTTP interface of ClickHouse: an http or https URL" }),
  database: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: "letters, digits and _" })
    .default("meshscope"),
  cluster: z.string().min(1).optional(),
  username: z.string().min(1).default("default"),
  passwordFile: z.string().min(1).optional(),
});

const storeSchema = z.union([
  z.enum(["memory", "duckdb"], { error: 'a store is "memory", "duckdb" or {clickhouse: {url: …}}' }),
  z.strictObject({ clickhouse: clickhouseSchema }),
]);

const HOUR_MS = 3_600_000;
const retentionSchema = z.strictObject({
  spans: duration.default(72 * HOUR_MS),
  maxDisk: size.default(20 * 1024 ** 3),
  tenSeconds: duration.default(6 * HOUR_MS),
  oneMinute: duration.default(72 * HOUR_MS),
  tenMinutes: duration.default(90 * 24 * HOUR_MS),
});

const memberSchema = z.strictObject({
  name: z.string().min(1),
  url: z.url({ protocol: /^https?$/, error: "where the member's API answers: an http or https URL" }),
});

const clusterSchema = z.strictObject({
  members: z.array(memberSchema).min(1),
  self: z.string().min(1),
  control: z.string().min(1),
  takeoverAfter: duration.default(300_000),
  secretFile: z.string().min(1).optional(),
});

const tokenSchema = z.strictObject({
  name: z.string().min(1),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, { error: "the SHA-256 of the token, as 64 hex digits: printf %s TOKEN | sha256sum" }),
  grants: z.array(grantSchema).min(1),
});

const authSchema = z
  .strictObject({
    mode: z.enum(["none", "token"], { error: 'a mode is "none" (loopback only) or "token"' }).default("none"),
    tokens: z.array(tokenSchema).default([]),
  })
  .refine(({ mode, tokens }) => mode === "none" || tokens.length > 0, {
    error: "mode token needs at least one token",
    path: ["tokens"],
  });

const consulControlSchema = z.strictObject({
  name: z.string().min(1),
  url: z
    .url({ protocol: /^https?$/, error: "where Consul's HTTP API answers: an http or https URL" })
    .transform((url) => url.replace(/\/+$/, "")),
  tokenFile: z.string().min(1).optional(),
  datacenter: z.string().min(1).optional(),
  primaryDatacenter: z.string().min(1).optional(),
  namespace: z.string().min(1).optional(),
  partition: z.string().min(1).optional(),
});

const text = z.string().min(1);
const kubernetesControlSchema = z
  .strictObject({
    name: text,
    mesh: z.enum(MESHES),
    kubeconfig: text.optional(),
    context: text.optional(),
    inCluster: z.literal(true, { error: "write true, or leave it out" }).optional(),
    url: z
      .url({ protocol: /^https?$/, error: "where the API server answers: an http or https URL" })
      .transform((url) => url.replace(/\/+$/, ""))
      .optional(),
    tokenFile: text.optional(),
    caFile: text.optional(),
    namespaces: z.array(text).min(1).optional(),
  })
  .superRefine(({ kubeconfig, context, inCluster, url, tokenFile, caFile }, issues) => {
    const fault = (path: string, message: string) => issues.addIssue({ code: "custom", path: [path], message });
    const ways = [kubeconfig, inCluster, url].filter((way) => way !== undefined).length;
    if (ways !== 1) fault("name", "a cluster needs one of kubeconfig, inCluster: true and url");
    else if (context !== undefined && kubeconfig === undefined) fault("context", "a context is one of a kubeconfig");
    else if (tokenFile !== undefined && url === undefined) fault("tokenFile", "a token file goes with a url");
    else if (caFile !== undefined && url === undefined) fault("caFile", "a CA file goes with a url");
  });

const appMeshControlSchema = z.strictObject({
  name: z.string().min(1),
  region: z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, { error: "a region of AWS, such as eu-west-1" }),
  endpoint: z
    .url({ protocol: /^https?$/, error: "where the App Mesh API answers instead: an http or https URL" })
    .transform((url) => url.replace(/\/+$/, ""))
    .optional(),
  mesh: z.string().min(1).optional(),
  meshOwner: z
    .string({ error: "an AWS account: 12 digits in quotes" })
    .regex(/^\d{12}$/, { error: "an AWS account: 12 digits in quotes" })
    .optional(),
  profile: z.string().min(1).optional(),
});

const notificationSchema = z
  .strictObject({
    name: z.string().min(1).max(100).optional(),
    url: z.url({ protocol: /^https?$/, error: "a webhook is an http or https URL" }).optional(),
    urlFile: z.string().min(1).optional(),
    format: z.enum(["generic", "slack"]).default("generic"),
    events: z
      .array(z.enum(NOTIFIED_EVENTS))
      .min(1)
      .default([...NOTIFIED_EVENTS]),
    secretFile: z.string().min(1).optional(),
    approvals: z.boolean().default(false),
  })
  .refine(({ url, urlFile }) => (url === undefined) !== (urlFile === undefined), {
    error: "a webhook has one of url and urlFile",
    path: ["url"],
  })
  .refine(({ format, secretFile }) => format === "generic" || secretFile === undefined, {
    error: "Slack's format is not signed: leave the secretFile out",
    path: ["secretFile"],
  });

const areDifferent = (names: readonly string[]): boolean => new Set(names).size === names.length;

const controlSchema = z.strictObject({
  publicUrl: z
    .url({ protocol: /^https?$/, error: "where this console is reached: an http or https URL" })
    .transform((url) => url.replace(/\/+$/, ""))
    .nullable()
    .default(null),
  notifications: z
    .array(notificationSchema)
    .max(50)
    .refine((targets) => areDifferent(targets.flatMap(({ name }) => (name === undefined ? [] : [name]))), {
      error: "two webhooks have one name",
    })
    .default([]),
  kubernetes: z.array(kubernetesControlSchema).default([]),
  consul: z.array(consulControlSchema).default([]),
  appMesh: z.array(appMeshControlSchema).default([]),
  definitions: z.string().min(1).optional(),
  /** How long a mesh takes to bring a weight to its proxies; before that nothing proves or disproves it. */
  propagation: z
    .strictObject({
      istio: duration.default(10_000),
      linkerd: duration.default(10_000),
      consul: duration.default(30_000),
      appmesh: duration.default(30_000),
    })
    .prefault({}),
  flaggerGateUrl: z
    .url({ protocol: /^https?$/, error: "where Flagger reaches this API: an http or https URL" })
    .optional(),
});

export const fileSchema = z.strictObject({
  listen: listenSchema.prefault({}),
  data: z.string().min(1).default("./data"),
  store: storeSchema.default("duckdb"),
  log: z
    .strictObject({
      maxSize: size.default(4 * 1024 ** 3),
      commitWithin: duration.default(50),
      checkpointEvery: duration.default(30_000),
    })
    .prefault({}),
  retention: retentionSchema.prefault({}),
  ingest: z.strictObject({ shards: z.number().int().min(1).max(64).default(1) }).prefault({}),
  cluster: clusterSchema.optional(),
  simulated: z.string().nullable().default(null),
  hosts: z.array(z.string()).default([]),
  scrape: z.array(jobSchema).default([]),
  aliases: z.array(aliasSchema).default([]),
  auth: authSchema.prefault({}),
  control: controlSchema.prefault({}),
});
export type FileConfig = z.output<typeof fileSchema>;

/** Settings that a flag or an environment variable may carry; the rest needs the file. */
export const SCALAR_PATHS: readonly (readonly string[])[] = [
  ...Object.keys(listenSchema.shape).map((key) => ["listen", key]),
  ["data"],
  ["store"],
  ["ingest", "shards"],
  ["simulated"],
  ["auth", "mode"],
];

const NUMERIC = new Set([
  "ingest.shards",
  ...Object.entries(listenSchema.shape).flatMap(([key]) => (/[hH]ost$/.test(key) ? [] : [`listen.${key}`])),
]);

/** A flag's or variable's text in the type its setting has; text that is not a number stays text and fails later. */
export function scalarValue(path: readonly string[], text: string): string | number {
  return NUMERIC.has(path.join(".")) && /^\d+$/.test(text) ? Number(text) : text;
}
