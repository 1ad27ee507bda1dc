/** What to do about a failed request, by its code. In: the API's code; out: a sentence. The code itself is always shown. */

const ADVICE: Readonly<Record<string, string>> = {
  collector_unreachable:
    "Start the collector with “npm run collector”, or set MESHSCOPE_API_URL to the address of the one that runs.",
  simulation_unreachable: "The simulated estate has stopped. Start it again with “npm run demo”.",
  no_simulation: "This console shows a real estate. “npm run demo” starts one with a simulated estate.",
  schema_mismatch: "Console and collector are of different versions. Run the same version of both, then reload.",
  network: "The console's own server did not answer. Check that it still runs, then try again.",
  host_not_allowed: "Add this host name to the collector's configuration (listen.hosts).",
  bad_request: "The link holds a value the collector does not take. Clear scope and time, or start from the map.",
  not_found: "It is not in this window. Choose a longer window or another view.",
  not_ready: "The collector is starting. This page tries again by itself.",
  internal: "The collector's log has the cause.",
};

export function adviceFor(code: string): string {
  return (
    ADVICE[code] ??
    (code.endsWith("_not_found")
      ? (ADVICE["not_found"] ?? "")
      : "Try again; if it stays, look in the collector's log for this code.")
  );
}
