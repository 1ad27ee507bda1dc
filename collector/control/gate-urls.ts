/**
 * Where Flagger asks, and how it is known that it may: a token a Canary, made of the Canary's name and a secret of this data
 * folder, in the path, since Flagger's webhooks carry no headers. It stands in the Canary, so it is no great secret: who has
 * it may learn whether this one gate is open, and use up an approval, which holds the release. It opens nothing.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { mkdirSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { GateKind } from "../../lib/control/owners/flagger.ts";

export interface GateCanary {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
}

const PATH = "/gates/flagger";

async function secretOf(path: string): Promise<Buffer> {
  const known = await readFile(path).catch(() => undefined);
  if (known !== undefined && known.length >= 32) return known;
  mkdirSync(dirname(path), { recursive: true });
  const secret = randomBytes(32);
  const file = await open(path, "w", 0o600);
  try {
    await file.writeFile(secret);
    await file.datasync();
  } finally {
    await file.close();
  }
  return secret;
}

export class GateUrls {
  /** What every gate's URL begins with; null where Flagger has no way to ask. */
  readonly base: string | null;
  private readonly secret: Uint8Array;

  private constructor(gateUrl: string | undefined, secret: Uint8Array) {
    this.base = gateUrl === undefined ? null : `${gateUrl.replace(/\/+$/, "")}${PATH}`;
    this.secret = secret;
  }

  /** `path`: of the secret, which is made where there is none. */
  static async open(gateUrl: string | undefined, path: string): Promise<GateUrls> {
    return new GateUrls(gateUrl, await secretOf(path));
  }

  private token({ cluster, namespace, name }: GateCanary): Buffer {
    return createHmac("sha256", this.secret)
      .update(JSON.stringify([cluster, namespace, name]))
      .digest();
  }

  /** Null where Flagger has no way to ask. */
  of(canary: GateCanary): ((gate: GateKind) => string) | null {
    const { base } = this;
    if (base === null) return null;
    const token = this.token(canary).toString("base64url");
    return (gate) => `${base}/${encodeURIComponent(canary.cluster)}/${gate}/${token}`;
  }

  isTokenOf(canary: GateCanary, given: string): boolean {
    const bytes = Buffer.from(given, "base64url");
    const wanted = this.token(canary);
    return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
  }
}
