import { EventQLError, isEventQLError, messageOf } from "../../errors.ts";
import type { NewRecord } from "../../model/event.ts";
import type { Position } from "../../model/position.ts";
import { WireAppended, newToWire } from "../record-wire.ts";
import { type HttpAnswer, type HttpConnection, read } from "./connection.ts";
import { closed, remoteError, unreachable, wasNotSent } from "./failures.ts";
import { type PendingAppend, PendingAppends } from "./pending-appends.ts";

/** Answers that say that nothing was done, whoever gives them. */
const REFUSED: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 413, 415, 421, 429, 431]);

/**
 * Appends to one topic: one request at a time, so that the order of the calls is that of the log. What comes meanwhile is
 * the next request. Nothing is ever sent twice.
 */
export class TopicWriter {
  readonly #topic: string;
  readonly #connection: HttpConnection;
  readonly #pending = new PendingAppends();
  #sending: Promise<void> | undefined;

  constructor(topic: string, connection: HttpConnection) {
    this.#topic = topic;
    this.#connection = connection;
  }

  /** See `EventLog.append`. */
  async append(record: NewRecord): Promise<Position> {
    const landed = this.#pending.add(record);
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
    return await landed;
  }

  /** Resolves when nobody waits any more. Never rejects. */
  async drained(): Promise<void> {
    await this.#sending;
  }

  /** Never rejects. */
  async #sendAll(): Promise<void> {
    // What is called in the same turn goes together.
    await Promise.resolve();
    while (!this.#pending.isEmpty) {
      if (this.#connection.signal.aborted) return this.#pending.rejectAll(closed);
      const batch = this.#pending.take();
      const failed = await this.#send(batch);
      this.#pending.rejectKeys(failed, () => notWritten(this.#topic));
      this.#pending.rejectOlder(this.#connection.timeoutMs, () => tooLate(this.#topic, this.#connection.timeoutMs));
    }
  }

  /** Settles the appends of a batch. Returns the keys of those whose outcome is open, or that failed on the way. */
  async #send(batch: readonly PendingAppend[]): Promise<ReadonlySet<string>> {
    const body = { records: batch.map(({ record }) => newToWire(record)) };
    try {
      const answer = await this.#connection.send({ path: [this.#topic, "records"], body });
      const { results } = read(answer, WireAppended);
      if (results.length !== batch.length) throw unanswered(answer);
      batch.forEach((append, index) => settle(append, this.#topic, results[index]));
      return new Set();
    } catch (error) {
      const failure = failureOf(error, this.#topic);
      for (const { reject } of batch) reject(failure);
      return new Set(batch.map(({ record }) => record.key));
    }
  }
}

type Result = Parameters<typeof isPosition>[0] | undefined;

function settle({ resolve, reject }: PendingAppend, topic: string, result: Result): void {
  if (result === undefined) return;
  if (isPosition(result)) resolve({ topic, partition: result.partition, offset: result.offset });
  else reject(remoteError(result.error.code, result.error.message, result.error.details));
}

function isPosition(
  result: ReturnType<typeof WireAppended.parse>["results"][number],
): result is { readonly partition: number; readonly offset: number } {
  return "offset" in result;
}

/** What became of a request: it was not received, was refused whole, or nobody knows. */
function failureOf(error: unknown, topic: string): EventQLError {
  if (isEventQLError(error)) return isRefused(error) ? error : unknown(topic, error);
  return wasNotSent(error) ? unreachable("its address", error) : unknown(topic, error);
}

/** Errors that the server names say what they mean; a status alone says it where it can only come before the work. */
function isRefused({ code, details }: EventQLError): boolean {
  if (code === "INTERNAL") return false;
  const { status } = details;
  return typeof status !== "number" || REFUSED.has(status);
}

function unanswered({ url }: HttpAnswer): EventQLError {
  return new EventQLError("INTERNAL", `The server at ${url} did not say what became of each record.`);
}

function unknown(topic: string, cause: unknown): EventQLError {
  const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
  return new EventQLError(
    "APPEND_UNKNOWN",
    `The answer to an append to topic "${topic}" was lost (${messageOf(inner)}): the record may be written or not. Look for it before it is appended again.`,
    { cause, details: { topic } },
  );
}

function notWritten(topic: string): EventQLError {
  return new EventQLError(
    "APPEND_FAILED",
    `An earlier append of the same key to topic "${topic}" failed; this one was not written. Append it again after that one.`,
    { details: { topic } },
  );
}

function tooLate(topic: string, ms: number): EventQLError {
  return new EventQLError(
    "EVENT_LOG_UNAVAILABLE",
    `An append to topic "${topic}" could not be sent within ${ms} ms; it was not written. Try again later.`,
    { details: { topic } },
  );
}
