"use client";
/** Light or dark. Until chosen, the system's. */
import { SunMoon } from "lucide-react";
import { useTheme } from "next-themes";
import { IconButton } from "../ui/IconButton.tsx";

export function useToggleTheme(): () => void {
  const { resolvedTheme, setTheme } = useTheme();
  return () => setTheme(resolvedTheme === "dark" ? "light" : "dark");
}

/** Changes whenever the colours do. */
export function useThemeKey(): string {
  return useTheme().resolvedTheme ?? "light";
}

export function ThemeToggle() {
  return <IconButton label="Light or dark" icon={<SunMoon size={16} />} onClick={useToggleTheme()} />;
}
