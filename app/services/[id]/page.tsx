import { Suspense } from "react";
import { ServicePage } from "../../../components/services/ServicePage.tsx";

export const metadata = { title: "Service" };

export default async function Service({ params }: { readonly params: Promise<{ id: string }> }) {
  const { id } = await params;
  return (
    <Suspense>
      <ServicePage key={id} id={decodeURIComponent(id)} />
    </Suspense>
  );
}
