/** Every attribute that is read of a span to learn of its call, so that others need not be made. A test reads along. */
const OWNERS = [
  "deployment",
  "statefulset",
  "daemonset",
  "deploymentconfig",
  "replicaset",
  "replicationcontroller",
  "cronjob",
  "job",
];
const SIDES = ["source", "destination"];
const SIDE_PARTS = ["canonical_service", "workload", "app", "cluster_id", "namespace"];

export const SPAN_READ_KEYS: readonly string[] = [
  ...OWNERS.map((owner) => `linkerd.io/proxy-${owner}`),
  ...SIDES.flatMap((side) => SIDE_PARTS.map((part) => `istio.${side}_${part}`)),
  ...["linkerd.io/workload-ns", "k8s.namespace.name", "service.namespace", "node_id", "component", "direction"],
  ...["istio.canonical_service", "istio.namespace", "istio.cluster_id", "k8s.cluster.name"],
  ...["aws.app_mesh.virtual_node_name", "upstream_cluster", "upstream_cluster.name", "downstream_cluster"],
  ...["peer.service", "server.address", "net.peer.name", "http.host", "url.full", "http.url"],
  ...["db.system.name", "db.system", "messaging.system", "rpc.system", "rpc.system.name"],
  ...["http.response.status_code", "http.status_code", "rpc.grpc.status_code", "grpc.status_code", "response_flags"],
  ...["grpc.content_type", "http.request.header.content-type", "rpc.request.metadata.content-type"],
  ...["grpc.path", "grpc.authority", "sampling.probability", "sampler.type", "sampler.param", "SampleRate"],
];
