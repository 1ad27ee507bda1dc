"use client";
/** Light, dark or the system's, on `<html data-theme>`; and the one tooltip provider. */
import { ThemeProvider } from "next-themes";
import { Tooltip } from "radix-ui";
import type { ReactNode } from "react";

export function Theme({ children }: { readonly children: ReactNode }) {
  return (
    <ThemeProvider attribute="data-theme" defaultTheme="system" enableSystem disableTransitionOnChange>
      <Tooltip.Provider delayDuration={400}>{children}</Tooltip.Provider>
    </ThemeProvider>
  );
}
