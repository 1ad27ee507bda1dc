/** Host names as proxies print them. In: text. Out: what it names. Not handled: hosts that only DNS could tell apart. */

export interface ServiceHost {
  readonly name: string;
  readonly namespace: string;
}

const IN_CLUSTER = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.[a-z0-9.-]+)?(?::[0-9]+)?$/i;

/** `<svc>.<ns>.svc.<domain>[:port]`, the form of a host inside a Kubernetes cluster. */
export function inClusterHost(host: string): ServiceHost | undefined {
  const match = IN_CLUSTER.exec(host);
  return match === null ? undefined : { name: match[1] ?? "", namespace: match[2] ?? "" };
}

const IPV4 = /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]+)?$/;
const IPV6 = /^(?:\[[0-9a-f:.]+\](?::[0-9]+)?|[0-9a-f]*:[0-9a-f:.]*:[0-9a-f.]*)$/i;

export function isIpAddress(host: string): boolean {
  return IPV4.test(host) || IPV6.test(host);
}

const BRACKETED = /^\[([^\]]+)\](?::([0-9]+))?$/;
const WITH_PORT = /^([^:]+):([0-9]+)$/;

/** Host in lower case without brackets, trailing dot and port, and the port; a bare IPv6 address has no port. */
export function hostAndPort(text: string): { readonly host: string; readonly port: string } {
  const match = BRACKETED.exec(text) ?? WITH_PORT.exec(text);
  const host = (match?.[1] ?? text).toLowerCase();
  return { host: host.endsWith(".") ? host.slice(0, -1) : host, port: match?.[2] ?? "" };
}
