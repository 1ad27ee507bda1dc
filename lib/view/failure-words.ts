/** What to do about a failed request, by its code. In: the API's code; out: a sentence. The code itself is always shown. */

const CONDITION = "Mend the attribute condition; the message has the place in it.";
const GONE = "It is not in this window. Choose a longer window or another view.";
const WINDOW = "Choose another window: its start must lie before its end, and it may be 92 days long at most.";
const FIND = "Mend the expression; the message has the place in it. docs/guide/topology.md has the find language.";
const DURATION = "Write a duration as 250ms or 1.5s.";

export const FAILURE_ADVICE: Readonly<Record<string, string>> = {
  approval_expired: "Ask whoever sent it for another: a link holds for 15 minutes at most.",
  approval_unknown: "Open the whole link, to its last letter, or ask for another.",
  approval_used: "See in the rollout's history what it did. What else is to be done needs another link, or a sign-in.",
  attr_no_key: CONDITION,
  attr_no_operator: CONDITION,
  attr_not_ordered: CONDITION,
  attr_quote_open: CONDITION,
  attr_regex: "Mend the pattern; the message has the place in it.",
  awaited: "Wait, or press again: it is the same act, and is not done twice.",
  bad_cursor: "Search again: this page of the list is from another search or another run of the collector.",
  bad_policy: "Mend the judge's policy; the message has the field. docs/guide/judge.md has every number.",
  bad_request: "The link holds a value the collector does not take. Clear scope and time, or start from the map.",
  bad_upstream: "Mend MESHSCOPE_API_URL: it is no URL.",
  bad_window: WINDOW,
  collector_unreachable:
    "Start the collector with “npm run collector”, or set MESHSCOPE_API_URL to the address of the one that runs.",
  conflict: "Look at what it is now, and decide again.",
  content_type_unsupported: "A request that changes something is sent as application/json.",
  console_error: "This is a fault of the console. Reload; if it stays, report it with the message.",
  cross_origin: "A request that changes something came from another page. Use the console itself.",
  duration_malformed: DURATION,
  duration_reversed: "The longest duration is below the shortest: swap them.",
  duration_unit_unknown: DURATION,
  edge_not_found: GONE,
  find_character: FIND,
  find_field: FIND,
  find_operand: FIND,
  find_operator: FIND,
  find_parenthesis: FIND,
  find_quote_open: FIND,
  find_regex: FIND,
  find_too_long: FIND,
  find_unit: FIND,
  find_value: FIND,
  forbidden: "Your token's roles do not reach so far. Ask whoever keeps `auth.tokens` in meshscope.yaml.",
  host_not_allowed: "Add this host name to `hosts` in meshscope.yaml.",
  incident_not_found: "The simulated estate has no such incident. Reload to see those that it has.",
  internal: "The collector's log has the cause.",
  invalid_body: "Console and simulated estate are of different versions. Start “npm run demo” anew.",
  kind_unknown: "Choose one of the span kinds that the message lists.",
  no_answer:
    "The collector is there and does not answer: it hangs, or has far too much to do. Look at its process and log.",
  network: "The console's own server did not answer. Check that it still runs, then try again.",
  no_evidence: "Only rollouts that Meshscope runs, and whose traffic it counts, can be replayed.",
  no_simulation: "This console shows a real estate. “npm run demo” starts one with a simulated estate.",
  node_not_found: GONE,
  not_found: "There is nothing at this address. Start from the map.",
  proxy_not_found: "The simulated estate has no such proxy.",
  query_deadline: "Choose a shorter window, or add a service or an operation.",
  query_too_large: "Choose a shorter window, or add a service or an operation.",
  schema_mismatch: "Console and collector are of different versions. Run the same version of both, then reload.",
  rollout_not_found: "It was never started here, or its owner's object is gone. Choose one of the list.",
  search_too_wide: "Choose a shorter window, or add a service or an operation.",
  service_not_found: GONE,
  simulation_unreachable: "The simulated estate has stopped. Start it again with “npm run demo”.",
  span_not_found: "The trace is held without this span: it was not sampled, or not yet received.",
  sign_in_failed: "Look in the collector's log, then try again.",
  slow: "The control plane has not answered yet. This page asks again by itself.",
  store_unavailable: "The store is being started again. This page asks again by itself.",
  token_malformed: "Paste the whole token and nothing else.",
  token_missing: "Sign in with a token.",
  token_unknown: "Check that the token is whole, and that its SHA-256 stands in `auth.tokens` of meshscope.yaml.",
  too_many_approvals: "Something makes links without end. Those that wait expire within 15 minutes.",
  too_many_streams:
    "Too many different live pictures are open. Close some; until then this page asks every few seconds.",
  trace_id_ambiguous: "Several traces end in these digits. Take one of the whole ids in the message.",
  trace_not_found: "No such trace is held: it was not sampled, was let go, or is another collector's.",
  unknown_metric: "Console and collector are of different versions. Run the same version of both, then reload.",
  window_empty: WINDOW,
  workload_not_found: GONE,
};

export function adviceFor(code: string): string {
  const known = FAILURE_ADVICE[code];
  if (known !== undefined) return known;
  if (/^http_\d+$/.test(code))
    return "A proxy between console and collector answered in its place. Look at that proxy.";
  return "Try again; if it stays, look in the collector's log for this code.";
}
