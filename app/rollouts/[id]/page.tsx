import { RolloutsPage } from "../../../components/rollouts/RolloutsPage.tsx";

export const metadata = { title: "Rollouts" };

export default function Page() {
  return <RolloutsPage />;
}
