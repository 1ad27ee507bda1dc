/** Logins of the file → who a request may come from. */
import type { Grant } from "../../lib/query/access.ts";
import type { AuthConfig } from "./config.ts";
import type { FileConfig } from "./schema.ts";

function grantOf({ role, mesh, cluster, namespace }: FileConfig["auth"]["tokens"][number]["grants"][number]): Grant {
  return {
    role,
    ...(mesh === undefined ? {} : { mesh }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

export function authOf({ mode, tokens }: FileConfig["auth"]): AuthConfig {
  if (mode === "none") return { mode };
  return {
    mode,
    tokens: tokens.map(({ name, sha256, grants }) => ({
      subject: { name, grants: grants.map(grantOf) },
      sha256: Uint8Array.from(sha256.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
    })),
  };
}
