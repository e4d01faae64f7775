/** How many causes of an error are told. */
const MAX_CAUSES = 5;

/** An error as a log line has it. */
export interface SerializedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string | number;
  readonly stack?: string;
  readonly cause?: unknown;
}

/**
 * An error's type, message, code, stack and causes. Nothing else of it: what drivers hang on to their errors holds
 * requests with their headers, and documents. What isn't an error stays as it is.
 */
export function serializeError(error: unknown): unknown {
  return serialize(error, MAX_CAUSES);
}

function serialize(error: unknown, causes: number): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  const code = "code" in error ? error.code : undefined;
  const serialized: SerializedError = {
    type: name,
    message,
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    ...(stack === undefined ? {} : { stack }),
    ...(cause instanceof Error && causes > 0 ? { cause: serialize(cause, causes - 1) } : {}),
  };
  return serialized;
}
