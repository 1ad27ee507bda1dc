import { NewRolloutPage } from "../../../components/rollouts/NewRolloutPage.tsx";

export const metadata = { title: "New rollout" };

export default function Page() {
  return <NewRolloutPage />;
}
