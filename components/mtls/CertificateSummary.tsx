"use client";
/** How many certificates are in which state, and the meshes that tell of none with the setting that would make them. */
import type { CertificateList } from "../../lib/query/schema/security.ts";
import { certificateLook, stateCounts } from "../../lib/view/certificate-words.ts";
import { count, plain } from "../../lib/view/format.ts";
import { Button } from "../ui/Button.tsx";
import { CodeLine } from "../ui/CodeLine.tsx";
import { Pop } from "../ui/Pop.tsx";
import { LookMark } from "../ui/StateMark.tsx";

export function CertificateStates({ list }: { readonly list: CertificateList }) {
  const states = stateCounts(list.states);
  return (
    <div className="flex min-w-60 flex-1 flex-col">
      <div className="flex flex-wrap items-baseline justify-between gap-x-3">
        <h2 className="text-xs font-semibold text-quiet">Certificates</h2>
        <span>{list.total === 0 ? "none is known" : `${plain(count(list.total))} known`}</span>
      </div>
      <ul className="flex flex-wrap gap-x-4 pt-1 text-xs">
        {states.map(({ state, words }) => (
          <li key={state}>
            <LookMark look={{ ...certificateLook(state), words }} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Not zero, and not all: these processes say nothing of what they hold. */
export function UncollectedCertificates({ notCollected }: Pick<CertificateList, "notCollected">) {
  if (notCollected.length === 0) return null;
  const without = notCollected.reduce((sum, mesh) => sum + mesh.without, 0);
  const of = notCollected.reduce((sum, mesh) => sum + mesh.of, 0);
  const trigger = (
    <Button variant="ghost" className="text-unknown-text">
      ? not collected from {plain(count(without))} of {plain(count(of))} processes
    </Button>
  );
  return (
    <Pop trigger={trigger} label="Certificates not collected" className="flex w-[min(440px,90vw)] flex-col gap-3">
      <p className="text-quiet">
        These processes print no expiry: they hold no certificate, or do not say. Each can be made to at its mesh.
      </p>
      {notCollected.map((mesh) => (
        <div key={mesh.mesh} className="flex flex-col gap-1">
          <span>
            {mesh.mesh}: {plain(count(mesh.without))} of {plain(count(mesh.of))}
          </span>
          <CodeLine label={`setting for ${mesh.mesh}`} text={mesh.setting} />
        </div>
      ))}
    </Pop>
  );
}
