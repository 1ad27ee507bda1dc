import { MtlsPage } from "../../components/mtls/MtlsPage.tsx";

export const metadata = { title: "mTLS" };

export default function Page() {
  return <MtlsPage />;
}
