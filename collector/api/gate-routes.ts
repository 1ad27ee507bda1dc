/**
 * `POST /gates/flagger/{cluster}/{gate}/{token}`: what Flagger's webhooks ask, from machine to machine. 200 lets it go on,
 * 403 holds it; Flagger takes any other status as 403. It has no login: the token in the path is the canary's own, and all
 * that it can do is to use up an approval. It is served beside the API, behind the same Host allow-list.
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { GateKeeper } from "../control/gate-keeper.ts";

export const GATES_PREFIX = "/gates/";

const MAX_BODY = 64 * 1024;
const paramsSchema = z.object({
  cluster: z.string().max(300),
  gate: z.string().max(40),
  token: z.string().max(100),
});
/** Of Flagger's payload what names the canary; the rest is its own. */
const bodySchema = z.object({ namespace: z.string().min(1).max(253), name: z.string().min(1).max(253) });

export function gateRoutes(keeper: Pick<GateKeeper, "answer">): (app: FastifyInstance) => void {
  return (app) => {
    app.post(`${GATES_PREFIX}flagger/:cluster/:gate/:token`, { bodyLimit: MAX_BODY }, async (request, reply) => {
      const { cluster, gate, token } = paramsSchema.parse(request.params);
      const { namespace, name } = bodySchema.parse(request.body);
      const answer = await keeper.answer({ cluster, gate, token, namespace, name });
      if (answer.go) return reply.status(200).send({ status: "go" });
      return reply.status(403).send({ code: answer.code, message: answer.message });
    });
  };
}
