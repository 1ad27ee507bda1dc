/** `/api/demo/*`: the simulated estate's control API, where there is one. */
import { failure, proxy } from "../../proxy.ts";

export const dynamic = "force-dynamic";

async function pass(request: Request): Promise<Response> {
  const base = process.env["MESHSCOPE_DEMO_URL"];
  if (base === undefined || base === "")
    return failure(404, "no_simulation", "this console shows no simulated estate: `npm run demo` starts one");
  const message = `The simulated estate at ${base} does not answer.`;
  return proxy(request, { base, prefix: "", down: { code: "simulation_unreachable", message } }, "/api/demo");
}

export { pass as GET, pass as POST };
