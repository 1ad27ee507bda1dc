import { AuditPage } from "../../components/rollouts/AuditPage.tsx";

export const metadata = { title: "Audit" };

export default function Page() {
  return <AuditPage />;
}
