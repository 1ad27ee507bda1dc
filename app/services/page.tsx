import { ServicesPage } from "../../components/services/ServicesPage.tsx";

export const metadata = { title: "Services" };

export default function Page() {
  return <ServicesPage />;
}
