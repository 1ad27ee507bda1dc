import { SimulationPage } from "../../components/simulation/SimulationPage.tsx";

export const metadata = { title: "Simulation" };

export default function Page() {
  return <SimulationPage />;
}
