/** Statuses of rows that brought nothing good; the library counts the same ones (FAILURE_STATUSES), and a test compares. */
export const FAILURES = ["error", "nack", "failed", "no response"] as const;
