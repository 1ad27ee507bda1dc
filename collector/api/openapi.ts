/** The OpenAPI 3.1 document of a route table: schemas come from the zod definitions that the server validates with. */
import { z } from "zod";
import { errorSchema } from "../../lib/query/schema/common.ts";
import type { Route } from "./route.ts";

type Json = Record<string, unknown>;

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  return { ...z.toJSONSchema(schema, { target: "draft-2020-12", io, unrepresentable: "any" }) };
}

function properties(schema: z.ZodType | undefined): { name: string; schema: unknown; required: boolean }[] {
  if (schema === undefined) return [];
  const { properties: fields, required } = schemaOf(schema, "input");
  const needed = new Set(Array.isArray(required) ? required : []);
  return Object.entries(fields ?? {}).map(([name, field]) => ({ name, schema: field, required: needed.has(name) }));
}

function operation(route: Route): Json {
  const path = properties(route.params).map((p) => ({ name: p.name, in: "path", required: true, schema: p.schema }));
  const query = properties(route.query).map((p) => ({
    name: p.name,
    in: "query",
    required: p.required,
    schema: p.schema,
  }));
  const error = { description: "Error", content: { "application/json": { schema: schemaOf(errorSchema, "output") } } };
  const body = route.body === undefined ? undefined : schemaOf(route.body, "input");
  return {
    summary: route.summary,
    parameters: [...path, ...query],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { "application/json": { schema: body } } } }),
    responses: {
      // As it is sent: a member with a default may be left out.
      200: { description: "OK", content: { "application/json": { schema: schemaOf(route.answer, "input") } } },
      default: error,
    },
  };
}

export function openApiDocument(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = `/api/v1${route.path.replace(/:(\w+)/g, "{$1}")}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return { openapi: "3.1.0", info: { title: "Meshscope API", version }, paths };
}
