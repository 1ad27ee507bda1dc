import { Suspense } from "react";
import { HeatmapPage } from "../../components/heatmap/HeatmapPage.tsx";

export const metadata = { title: "Heatmap" };

export default function Heatmap() {
  return (
    <Suspense>
      <HeatmapPage />
    </Suspense>
  );
}
