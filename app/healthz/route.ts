/** 200 once the console's server answers. It says nothing of the collector: that is the collector's own `/readyz`. */
export const dynamic = "force-dynamic";

export function GET(): Response {
  return Response.json({ status: "ok" }, { headers: { "cache-control": "no-store" } });
}
