import { MapPage } from "../components/map/MapPage.tsx";

export const metadata = { title: "Map" };

export default function Page() {
  return <MapPage />;
}
