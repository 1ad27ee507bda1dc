"use client";
/** Certificates of the service's workloads, worst first: whose, which, and how much time they have left. */
import Link from "next/link";
import type { EntityAnswer } from "../../lib/query/schema/entity.ts";
import type { Certificate } from "../../lib/query/schema/security.ts";
import { certificateAdvice, certificateLook, roleWords, timeLeft } from "../../lib/view/certificate-words.ts";
import { count, plain } from "../../lib/view/format.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { useCertificates } from "../data/security.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Num } from "../ui/Num.tsx";
import { Fact, Section } from "../ui/Section.tsx";
import { LookMark, lookText } from "../ui/StateMark.tsx";

const SHOWN = 6;

function Row({ certificate }: { readonly certificate: Certificate }) {
  const { workload, role, state } = certificate;
  const look = certificateLook(state);
  return (
    <Fact
      name={
        <>
          {workload} <span className="text-quiet">{roleWords(role)}</span>
        </>
      }
    >
      <span className="inline-flex gap-2">
        {state === "ok" ? null : <LookMark look={look} title={certificateAdvice(certificate)} />}
        <Num figure={timeLeft(certificate)} className={lookText(look)} />
      </span>
    </Fact>
  );
}

export function ServiceCertificates({ answer }: { readonly answer: EntityAnswer }) {
  const [state] = useViewState();
  const { node, versions } = answer;
  const scope = { ...state, meshes: [], clusters: [node.cluster], namespaces: [node.namespace] };
  const { data } = useCertificates(scope);
  const names = new Set(versions.flatMap(({ workloads }) => workloads.map(({ name }) => name)).concat(node.name));
  const own = (data?.certificates ?? []).filter(({ workload }) => names.has(workload));
  const aside = own.length > SHOWN ? `${SHOWN} of ${plain(count(own.length))}, worst first` : null;
  return (
    <Section title="Certificates" aside={aside}>
      {data !== undefined && own.length === 0 ? (
        <p className="text-quiet">Its proxies tell of none: not collected.</p>
      ) : null}
      {own.slice(0, SHOWN).map((certificate) => (
        <Row key={certificate.id} certificate={certificate} />
      ))}
      <Link
        href={linkTo("/mtls", scope, { tab: "certificates" })}
        className="pt-2 underline underline-offset-2 hover:text-accent"
      >
        All of its namespace
      </Link>
    </Section>
  );
}
