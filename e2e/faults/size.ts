/** `npm run test:faults` runs these tests at full size, `npm test` at one that CI can carry. */
export const FULL = process.env["MESHSCOPE_FAULTS"] === "full";

export const sized = <T>(ci: T, full: T): T => (FULL ? full : ci);
