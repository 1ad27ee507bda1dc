"use client";
export function MapPage() {
  return <h1 className="sr-only">Map</h1>;
}
