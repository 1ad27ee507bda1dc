/** The frame of every page: fonts, theme, URL state, query cache, shell. Rendered per request, since the URL is the state. */
import { GeistMono } from "geist/font/mono";
import { GeistSans } from "geist/font/sans";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import type { ReactNode } from "react";
import { QueryProvider } from "../components/data/QueryProvider.tsx";
import { Shell } from "../components/shell/Shell.tsx";
import { Theme } from "../components/ui/Theme.tsx";
import "./globals.css";

export const dynamic = "force-dynamic";
export const metadata = { title: { default: "Meshscope", template: "%s · Meshscope" } };
export const viewport = { width: "device-width", initialScale: 1 };

export default function RootLayout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en" suppressHydrationWarning className={`${GeistSans.variable} ${GeistMono.variable}`}>
      <body>
        <Theme>
          <NuqsAdapter>
            <QueryProvider>
              <Shell>{children}</Shell>
            </QueryProvider>
          </NuqsAdapter>
        </Theme>
      </body>
    </html>
  );
}
