import { Suspense } from "react";
import { TraceScreen } from "../../../components/traces/TraceScreen.tsx";

export const metadata = { title: "Trace" };

export default async function TracePage({ params }: { readonly params: Promise<{ traceId: string }> }) {
  const { traceId } = await params;
  return (
    <Suspense>
      <TraceScreen key={traceId} traceId={traceId} />
    </Suspense>
  );
}
