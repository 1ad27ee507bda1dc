/**
 * The TLS part of a sidecar's configuration: what it shows, and whom it believes. Pure.
 *
 * In: certificate files, variant, the service, its peers. Out: JSON values. The Istio-shaped variant names them as static
 * secrets, which is what gives a certificate a name in the stats; the others write the files in place.
 * Not handled: rotation, TLS without a client certificate.
 */
import type { Certificates } from "./certificates.ts";
import type { Json } from "./config-parts.ts";
import { identityOf, type ServiceName, type Variant } from "./topology.ts";

export type TlsInput = {
  readonly service: ServiceName;
  readonly variant: Variant;
  readonly certificates: Certificates;
};

const TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3";
/** The names under which an Istio sidecar holds its certificate and its authority. */
const LEAF_SECRET = "default";
const AUTHORITY_SECRET = "ROOTCA";

function ownCertificate(input: TlsInput): Json {
  const leaf = input.certificates.leaves.get(input.service);
  if (leaf === undefined) throw new Error(`no certificate for ${input.service}`);
  return { certificate_chain: { filename: leaf.certificate }, private_key: { filename: leaf.key } };
}

function authority(input: TlsInput): { readonly [key: string]: Json } {
  return { trusted_ca: { filename: input.certificates.authority } };
}

/** Believes the one authority, and of what it issued only the SPIFFE ids of `peers`. */
function commonContext(input: TlsInput, peers: readonly ServiceName[]): Json {
  const matchers = peers.map((peer) => ({ san_type: "URI", matcher: { exact: identityOf(input.variant, peer) } }));
  const names = { match_typed_subject_alt_names: matchers };
  if (input.variant.names !== "istio") {
    return { tls_certificates: [ownCertificate(input)], validation_context: { ...authority(input), ...names } };
  }
  return {
    tls_certificate_sds_secret_configs: [{ name: LEAF_SECRET }],
    combined_validation_context: {
      default_validation_context: names,
      validation_context_sds_secret_config: { name: AUTHORITY_SECRET },
    },
  };
}

/** The transport socket of a listener: a client without a certificate of one of `callers` is turned away. */
export function serverSocket(input: TlsInput, callers: readonly ServiceName[]): Json {
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: {
      "@type": `${TLS}.DownstreamTlsContext`,
      require_client_certificate: true,
      common_tls_context: commonContext(input, callers),
    },
  };
}

/** The transport socket of a cluster that leads to `callee`. */
export function clientSocket(input: TlsInput, callee: ServiceName): Json {
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: { "@type": `${TLS}.UpstreamTlsContext`, common_tls_context: commonContext(input, [callee]) },
  };
}

/** What `static_resources` has to hold for these sockets. */
export function secretsOf(input: TlsInput): { readonly secrets?: readonly Json[] } {
  if (input.variant.names !== "istio") return {};
  return {
    secrets: [
      { name: LEAF_SECRET, tls_certificate: ownCertificate(input) },
      { name: AUTHORITY_SECRET, validation_context: authority(input) },
    ],
  };
}
