import type { ReactNode } from "react";
import "./globals.css";

export const metadata = { title: "Meshscope" };

export default function RootLayout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
