import { Suspense } from "react";
import { SearchScreen } from "../../components/traces/SearchScreen.tsx";

export const metadata = { title: "Traces" };

export default function TracesPage() {
  return (
    <Suspense>
      <SearchScreen />
    </Suspense>
  );
}
