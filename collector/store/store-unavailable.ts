/** The store cannot be asked now; it will be there again. Reads answer 503 with Retry-After. */
export class StoreUnavailableError extends Error {
  readonly code = "store_unavailable";
  readonly statusCode = 503;
  readonly retryAfterSec = 1;

  constructor(message = "the store is being started again") {
    super(message);
  }
}

/** What the store's process could not do, with its code. */
export class StoreCallError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
