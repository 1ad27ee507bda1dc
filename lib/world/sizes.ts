/** How big a call's two directions were. In: the call and its answer. Out: bytes, from the operation's typical ones. */
import { branch, logNormal } from "./draw.ts";
import type { Answer, Call } from "./hop.ts";

const SIZE_SPREAD = 0.25;

export function sizesOf(call: Call, answer: Answer): { requestBytes: number; responseBytes: number } {
  const draw = branch(call.seed, 11);
  const { requestBytes, responseBytes } = call.operation;
  const sent = Math.round(logNormal(draw, { medianMs: requestBytes, sigma: SIZE_SPREAD }));
  const got = Math.round(logNormal(draw, { medianMs: responseBytes, sigma: SIZE_SPREAD }));
  return { requestBytes: sent, responseBytes: answer.code === 0 ? 0 : answer.code >= 400 ? 91 : got };
}
