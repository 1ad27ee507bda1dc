/**
 * Failures of the AWS client, told apart by their names, status and whether the request may have been carried out. In: what
 * was thrown; out: one of a closed list with words. Emulators name some errors otherwise: those are known as well.
 */

export interface AwsFailure {
  readonly kind: "notFound" | "forbidden" | "conflict" | "invalid" | "unavailable";
  readonly message: string;
  /** True where the request was sent and may have been carried out all the same. */
  readonly maySucceed: boolean;
}

const EXPIRED = /^(?:ExpiredToken|RequestExpired|TokenRefreshRequired)/;
const NO_CREDENTIALS = /^(?:CredentialsProviderError|TokenProviderError)$/;
const REFUSED =
  /^(?:Forbidden|AccessDenied|Unauthorized|NotAuthorized|UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|InvalidClientTokenId|MissingAuthenticationToken|IncompleteSignature|OptInRequired|AuthFailure)/;
const THROTTLED = /^(?:TooManyRequests|Throttl|RequestLimitExceeded|RequestThrottled|SlowDown)/;
/** Connections that were never made. */
const NOT_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly code: string;
  /** 0: no answer came. */
  readonly status: number;
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

function thrownOf(error: unknown): Thrown {
  const status = member(member(error, "$metadata"), "httpStatusCode");
  const code = member(error, "code") ?? member(member(error, "cause"), "code");
  return {
    name: String(member(error, "name") ?? ""),
    message: String(member(error, "message") ?? error),
    code: typeof code === "string" ? code : "",
    status: typeof status === "number" ? status : 0,
  };
}

function withoutTags(text: string): string {
  return text
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** Where nothing was carried out, whatever was asked. */
function certain(kind: AwsFailure["kind"], message: string): AwsFailure {
  return { kind, message, maySucceed: false };
}

/** `answered`: the text that was answered, if any: what is no JSON (of a proxy, of an emulator) is told in its own words. */
export function awsFailure(error: unknown, answered = ""): AwsFailure {
  const thrown = thrownOf(error);
  const { name, code, status } = thrown;
  const isUnread = name === "SyntaxError" && answered !== "";
  const words = isUnread ? `${status}: ${withoutTags(answered)}` : `${name}: ${thrown.message}`;
  const message = words.slice(0, 500);
  if (EXPIRED.test(name)) return certain("forbidden", `the AWS credentials have expired (${message})`);
  if (NO_CREDENTIALS.test(name)) return certain("forbidden", `there are no AWS credentials (${message})`);
  if (REFUSED.test(name)) return certain("forbidden", message);
  if (THROTTLED.test(name) || status === 429) return certain("unavailable", `AWS throttles requests (${message})`);
  if (/NotFound(?:Exception)?$/.test(name) || status === 404) return certain("notFound", message);
  if (name === "ConflictException" || status === 409) return certain("conflict", message);
  if (status === 401 || status === 403) return certain("forbidden", message);
  if (status >= 400 && status < 500) return certain("invalid", message);
  if (status === 503) return certain("unavailable", message);
  if (NOT_SENT.has(code)) return certain("unavailable", `no answer (${code})`);
  return { kind: "unavailable", message, maySucceed: true };
}
