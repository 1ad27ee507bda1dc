/**
 * Which workload answers at which IP address, as the scrape configuration knows it. In: jobs. Out: a name by address: the
 * label `address` of a target, else the host of its URL. Left out: loopback, where every proxy has the same address; host
 * names, which are resolved elsewhere and change; targets without a workload or service; addresses of more than one.
 */
import { hostAndPort, isIpAddress } from "../../lib/model/host-names.ts";
import type { PeerName } from "../../lib/query/peers.ts";
import type { ScrapeJob } from "../config/config.ts";
import { isLoopback, targetLabelsOf } from "./endpoint.ts";

/** As many as there are scrape targets at most; past this an estate has discovery, and proxies tell of each other. */
const MAX_ADDRESSES = 20_000;

export function addressBook(jobs: readonly ScrapeJob[]): ReadonlyMap<string, PeerName> {
  const book = new Map<string, PeerName>();
  const shared = new Set<string>();
  for (const { targets } of jobs) {
    for (const { url, labels } of targets) {
      const { host } = hostAndPort(labels["address"] ?? new URL(url).host);
      const { cluster, namespace, service, workload, app } = targetLabelsOf(labels);
      const name = service || app || workload;
      if (!isIpAddress(host) || isLoopback(host) || name === "") continue;
      const known = book.get(host);
      if (known !== undefined && (known.service !== name || known.namespace !== namespace)) shared.add(host);
      else if (book.size < MAX_ADDRESSES) book.set(host, { cluster, namespace, service: name });
    }
  }
  for (const host of shared) book.delete(host);
  return book;
}
