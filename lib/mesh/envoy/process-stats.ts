/**
 * What an Envoy process says about itself: how long it runs and when its certificates end. In: one series. Out: its
 * meaning. Units: seconds. Not handled: `envoy_server_version`, which is 24 bits of a commit and no version.
 */
import type { SeriesMeaning } from "../../model/meaning.ts";
import type { Series } from "../../wire/exposition/parse-series.ts";

const UPTIME = "envoy_server_uptime";
const DAYS = "envoy_server_days_until_first_cert_expiring";
/** The last word was `seconds_since_epoch_of_expiration` for a while; Istio's tags leave the name inside the metric's. */
const EXPIRY =
  /^envoy_(?:cluster|listener)_(?:.+_)?ssl_certificate_(?:(.+)_)?(?:expiration_unix_time_seconds|seconds_since_epoch_of_expiration)$/;

/** What Envoy prints when it holds no certificate: 2^32 - 1. */
const NO_CERTIFICATE = 4_294_967_295;
const DAY_SECONDS = 86_400;

export function isProcessStat(name: string): boolean {
  return name === UPTIME || name === DAYS || EXPIRY.test(name);
}

/**
 * `shortLived`: certificates live less than a day, so that 0 whole days left is the normal state and says nothing.
 * An authority's certificate is in the same family as a leaf's; the name tells them apart.
 */
export function processMeaning(series: Series, shortLived: boolean): SeriesMeaning | undefined {
  if (series.name === UPTIME) return { kind: "uptimeSeconds" };
  if (series.name === DAYS) {
    const sentinels = shortLived ? [NO_CERTIFICATE, 0] : [NO_CERTIFICATE];
    return { kind: "certificateSeconds", name: "first to expire", scale: DAY_SECONDS, sentinels };
  }
  const match = EXPIRY.exec(series.name);
  if (match === null) return undefined;
  const name = series.labels.get("envoy_tls_certificate") || match[1] || "unnamed";
  return { kind: "certificateSeconds", name, epoch: true, sentinels: [0, NO_CERTIFICATE] };
}
