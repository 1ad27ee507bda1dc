/** The routes about security: how traffic is secured, from rollups; certificates, from what processes print of them. */
import { ok } from "../../../lib/base/result.ts";
import type { CertificateSource } from "../../../lib/model/certificate.ts";
import { certificatesAnswer } from "../../../lib/query/certificates-answer.ts";
import { mtlsAnswer } from "../../../lib/query/mtls-answer.ts";
import {
  certificateListSchema,
  certificateParametersSchema,
  mtlsAnswerSchema,
  mtlsParametersSchema,
} from "../../../lib/query/schema/security.ts";
import { json, type Route, route } from "../route.ts";
import { answerOf } from "./answer-cache.ts";
import type { MetricsAnswers } from "./metrics-answers.ts";

export function securityRoutes(answers: MetricsAnswers, source: CertificateSource): Route[] {
  const { clock } = answers.deps;
  return [
    route({
      method: "GET",
      path: "/mtls",
      summary:
        "How traffic is secured: by mesh, cluster, namespace and edge, and the callers in plaintext, worst first",
      query: mtlsParametersSchema,
      answer: mtlsAnswerSchema,
      handle: async ({ query }) =>
        answerOf(await answers.body("mtls", query, (snapshot) => ok(mtlsAnswer(snapshot, query, answers.context())))),
    }),
    route({
      method: "GET",
      path: "/certificates",
      summary: "Certificates that proxies tell of, worst first: time left, renewal, and the meshes that tell of none",
      query: certificateParametersSchema,
      answer: certificateListSchema,
      handle: ({ query }) => {
        const nowMs = clock.nowMs();
        return json(certificatesAnswer(source.certificates(nowMs), query, nowMs));
      },
    }),
  ];
}
