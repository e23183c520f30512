/** The command was not used as it is meant to be: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** What a program is told. */
  readonly code: "USAGE" | "ADAPTER_UNKNOWN" | "TRUST_NEEDED";

  constructor(message: string, code: UsageError["code"] = "USAGE") {
    super(message);
    this.code = code;
  }
}

/** What was asked for is not there: exit code 3. */
export class NotFoundError extends Error {
  override readonly name = "NotFoundError";
}
