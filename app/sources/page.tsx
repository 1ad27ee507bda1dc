import { SourcesPage } from "../../components/sources/SourcesPage.tsx";

export const metadata = { title: "Sources" };

export default function Page() {
  return <SourcesPage />;
}
