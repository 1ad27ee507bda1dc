/** How the command line ends: one code a kind of outcome, so that a script can tell them apart. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notAllowed: 3,
  notFound: 4,
  /** Somebody else changed it after it was shown: nothing was done. */
  conflict: 5,
  /** It makes no sense now, and why. */
  refused: 6,
  /** The API, or the control plane behind it, does not answer; or what was asked may have been done. */
  unavailable: 7,
  /** Nobody said yes. */
  notConfirmed: 8,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_STATUS: Readonly<Record<number, ExitCode>> = {
  400: EXIT.usage,
  401: EXIT.notAllowed,
  403: EXIT.notAllowed,
  404: EXIT.notFound,
  409: EXIT.conflict,
  422: EXIT.refused,
  502: EXIT.unavailable,
  503: EXIT.unavailable,
  504: EXIT.unavailable,
};

export function exitOf(status: number): ExitCode {
  if (status < 300) return EXIT.done;
  return BY_STATUS[status] ?? EXIT.failed;
}
