/**
 * Makes a throw-away certificate authority and one leaf certificate per service, by the `openssl` program.
 *
 * In: a folder to write to, service names, a lifetime in days. Out: paths of PEM files, and each leaf's expiry in Unix
 * seconds. Leaves carry a SPIFFE id as their only URI name, as mesh authorities issue them. A missing `openssl` is a reason to skip.
 * Not handled: rotation, intermediates, revocation.
 */

import { X509Certificate } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run, type Skip } from "./binary.ts";

export type Leaf = {
  readonly spiffeId: string;
  readonly certificate: string;
  readonly key: string;
  readonly notAfterSec: number;
};
export type Certificates = { readonly authority: string; readonly leaves: ReadonlyMap<string, Leaf> };

const OPENSSL_TIMEOUT_MS = 20_000;

/** Runs openssl; undefined means it went well. */
async function openssl(args: readonly string[]): Promise<Skip | undefined> {
  const ran = await run("openssl", args, OPENSSL_TIMEOUT_MS);
  return ran.ok ? undefined : { skip: `openssl ${args[0] ?? ""} failed: ${ran.text.slice(0, 300)}` };
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"] as const;

async function makeAuthority(folder: string, days: number): Promise<Skip | undefined> {
  const files = ["-keyout", join(folder, "ca.key"), "-out", join(folder, "ca.pem")];
  const extensions = [
    "-addext",
    "basicConstraints=critical,CA:TRUE",
    "-addext",
    "keyUsage=critical,keyCertSign,cRLSign",
  ];
  return openssl([
    "req",
    "-x509",
    ...newKey,
    ...files,
    "-days",
    String(days),
    "-subj",
    "/O=meshscope test",
    ...extensions,
  ]);
}

async function makeLeaf(folder: string, service: string, id: string, days: number): Promise<Leaf | Skip> {
  const at = (suffix: string): string => join(folder, `${service}.${suffix}`);
  await writeFile(
    at("ext"),
    [
      `subjectAltName=critical,URI:${id}`,
      "keyUsage=critical,digitalSignature",
      "extendedKeyUsage=serverAuth,clientAuth",
      "basicConstraints=critical,CA:FALSE",
      "",
    ].join("\n"),
  );
  const request = await openssl([
    "req",
    "-new",
    ...newKey,
    "-keyout",
    at("key"),
    "-out",
    at("csr"),
    "-subj",
    `/CN=${service}`,
  ]);
  if (request !== undefined) return request;
  const by = [
    "-CA",
    join(folder, "ca.pem"),
    "-CAkey",
    join(folder, "ca.key"),
    "-CAcreateserial",
    "-extfile",
    at("ext"),
  ];
  const signed = await openssl(["x509", "-req", "-in", at("csr"), "-out", at("pem"), "-days", String(days), ...by]);
  if (signed !== undefined) return signed;
  const parsed = new X509Certificate(await readFile(at("pem")));
  return { spiffeId: id, certificate: at("pem"), key: at("key"), notAfterSec: Date.parse(parsed.validTo) / 1000 };
}

/** One authority and a leaf per service, by its SPIFFE id, all in `folder`, valid for `days` from now. */
export async function makeCertificates(
  folder: string,
  ids: ReadonlyMap<string, string>,
  days: number,
): Promise<Certificates | Skip> {
  const authority = await makeAuthority(folder, days * 10);
  if (authority !== undefined) return authority;
  const leaves = new Map<string, Leaf>();
  for (const [service, id] of ids) {
    const leaf = await makeLeaf(folder, service, id, days);
    if ("skip" in leaf) return leaf;
    leaves.set(service, leaf);
  }
  return { authority: join(folder, "ca.pem"), leaves };
}
