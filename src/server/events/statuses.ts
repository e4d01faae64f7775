import type { ErrorCode } from "../../errors.ts";

const STATUSES: Readonly<Partial<Record<string, number>>> = {
  APPEND_FAILED: 503,
  APPEND_UNKNOWN: 504,
  BAD_USER_INPUT: 400,
  CURSOR_EXPIRED: 410,
  CURSOR_INVALID: 400,
  DEAD_LETTERED: 409,
  EVENT_INVALID: 400,
  EVENT_LOG_UNAVAILABLE: 503,
  EVENT_TOO_LARGE: 413,
  EVENT_TYPE_UNKNOWN: 400,
  FORBIDDEN: 403,
  HISTORY_GONE: 410,
  KEY_INVALID: 400,
  KEY_PARKED: 409,
  LIMIT_EXCEEDED: 429,
  NOT_OWNED: 409,
  NOT_READY: 503,
  NOT_YET_DECIDED: 504,
  NOT_YET_PROJECTED: 504,
  OPERATION_NOT_ALLOWED: 403,
  READ_MODEL_UNAVAILABLE: 503,
  RECEIPT_INVALID: 400,
  REGISTRY_UNAVAILABLE: 503,
  SHUTTING_DOWN: 503,
  SUBSCRIBER_TOO_SLOW: 503,
  TOKEN_EXPIRED: 401,
  TOPIC_NOT_FOUND: 404,
  UNAUTHENTICATED: 401,
  VERSION_CONFLICT: 409,
} satisfies Partial<Record<ErrorCode, number>>;

/** The status of an answer with an error of a code. */
export function statusOf(code: unknown): number {
  return (typeof code === "string" ? STATUSES[code] : undefined) ?? 500;
}
