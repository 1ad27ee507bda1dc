/**
 * Whether a Host header names this server: against DNS rebinding, where a hostile page's name resolves to loopback.
 * Loopback names and addresses always pass, with any port; others only when configured.
 */
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

export function hostAllowed(header: string | undefined, configured: readonly string[]): boolean {
  if (header === undefined || header === "") return false;
  const name = header.replace(/:\d+$/, "").toLowerCase();
  return LOOPBACK.has(name) || name.endsWith(".localhost") || configured.some((host) => host.toLowerCase() === name);
}
