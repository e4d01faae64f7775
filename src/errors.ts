/**
 * The code of an {@link EventQLError}: stable, and seen by clients as `extensions.code`. Each has its meaning and remedy
 * in `docs/errors.md`.
 */
export type ErrorCode =
  | "APPEND_FAILED"
  | "APPEND_UNKNOWN"
  | "BAD_USER_INPUT"
  | "BIND_REFUSED"
  | "CALL_FAILED"
  | "CATALOG_INVALID"
  | "COMMIT_TOO_LARGE"
  | "COMMIT_UNKNOWN"
  | "CONFIG_INVALID"
  | "CURSOR_EXPIRED"
  | "CURSOR_INVALID"
  | "DATA_LOCKED"
  | "DEAD_LETTERED"
  | "DEAD_LETTER_NOT_FOUND"
  | "EVENT_INVALID"
  | "EVENT_LOG_UNAVAILABLE"
  | "EVENT_TOO_LARGE"
  | "EVENT_TYPE_UNKNOWN"
  | "FORBIDDEN"
  | "HISTORY_GONE"
  | "INTERNAL"
  | "KEY_INVALID"
  | "KEY_PARKED"
  | "LIMIT_EXCEEDED"
  | "LOG_CHANGED"
  | "NOT_AVRO"
  | "NOT_MIRRORED"
  | "NOT_OWNED"
  | "NOT_READY"
  | "NOT_YET_DECIDED"
  | "NOT_YET_PROJECTED"
  | "OPERATION_NOT_ALLOWED"
  | "OWNER_FENCED"
  | "PARTITION_MISMATCH"
  | "PROJECTION_CHANGED"
  | "QUERY_TOO_EXPENSIVE"
  | "READ_MODEL_UNAVAILABLE"
  | "RECEIPT_INVALID"
  | "REGISTRY_UNAVAILABLE"
  | "RULE_FAILED"
  | "SCHEMA_INCOMPATIBLE"
  | "SCHEMA_INVALID"
  | "SCHEMA_NOT_FOUND"
  | "SHUTTING_DOWN"
  | "STACK_UNAVAILABLE"
  | "SUBSCRIBER_TOO_SLOW"
  | "TOKEN_EXPIRED"
  | "TOO_MANY_PARKED"
  | "TOPIC_NOT_FOUND"
  | "TOPIC_UNSUITABLE"
  | "TRANSACTION_NOT_FOUND"
  | "UNAUTHENTICATED"
  | "VALUE_UNREPRESENTABLE"
  | "VERSION_CONFLICT";

const RETRIABLE: Readonly<Record<ErrorCode, boolean>> = {
  APPEND_FAILED: true,
  APPEND_UNKNOWN: true,
  BAD_USER_INPUT: false,
  BIND_REFUSED: false,
  CALL_FAILED: false,
  CATALOG_INVALID: false,
  COMMIT_TOO_LARGE: false,
  COMMIT_UNKNOWN: true,
  CONFIG_INVALID: false,
  CURSOR_EXPIRED: false,
  CURSOR_INVALID: false,
  DATA_LOCKED: false,
  DEAD_LETTERED: false,
  DEAD_LETTER_NOT_FOUND: false,
  EVENT_INVALID: false,
  EVENT_LOG_UNAVAILABLE: true,
  EVENT_TOO_LARGE: false,
  EVENT_TYPE_UNKNOWN: false,
  FORBIDDEN: false,
  HISTORY_GONE: false,
  INTERNAL: false,
  KEY_INVALID: false,
  KEY_PARKED: false,
  LIMIT_EXCEEDED: false,
  LOG_CHANGED: false,
  NOT_AVRO: false,
  NOT_MIRRORED: true,
  NOT_OWNED: false,
  NOT_READY: true,
  NOT_YET_DECIDED: true,
  NOT_YET_PROJECTED: true,
  OPERATION_NOT_ALLOWED: false,
  OWNER_FENCED: true,
  PARTITION_MISMATCH: false,
  PROJECTION_CHANGED: false,
  QUERY_TOO_EXPENSIVE: false,
  READ_MODEL_UNAVAILABLE: true,
  RECEIPT_INVALID: false,
  REGISTRY_UNAVAILABLE: true,
  RULE_FAILED: false,
  SCHEMA_INCOMPATIBLE: false,
  SCHEMA_INVALID: false,
  SCHEMA_NOT_FOUND: false,
  SHUTTING_DOWN: true,
  STACK_UNAVAILABLE: false,
  SUBSCRIBER_TOO_SLOW: true,
  TOKEN_EXPIRED: false,
  TOO_MANY_PARKED: false,
  TOPIC_NOT_FOUND: false,
  TOPIC_UNSUITABLE: false,
  TRANSACTION_NOT_FOUND: false,
  UNAUTHENTICATED: false,
  VALUE_UNREPRESENTABLE: false,
  VERSION_CONFLICT: false,
};

/** Every code, for documentation and tests. */
export const errorCodes: readonly ErrorCode[] = Object.keys(RETRIABLE).filter(isErrorCode);

function isErrorCode(code: string): code is ErrorCode {
  return code in RETRIABLE;
}

/** What may accompany an error. `details` is shown to clients: it holds no secrets and no payloads. */
export interface ErrorOptions {
  readonly cause?: unknown;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A failure with a code. The message names what is wrong, where, and the remedy. */
export class EventQLError extends Error {
  override readonly name = "EventQLError";
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }

  /** Whether the same call may succeed later with nothing changed. */
  get retriable(): boolean {
    return RETRIABLE[this.code];
  }
}

/** Whether a caught value is an {@link EventQLError}, of the given code if one is named. */
export function isEventQLError(error: unknown, code?: ErrorCode): error is EventQLError {
  return error instanceof EventQLError && (code === undefined || error.code === code);
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
