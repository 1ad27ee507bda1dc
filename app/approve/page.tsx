import { ApprovePage } from "../../components/approve/ApprovePage.tsx";

export const metadata = { title: "Approve", referrer: "no-referrer" };

export default function Page() {
  return <ApprovePage />;
}
