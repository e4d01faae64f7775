import { isUtf8 } from "node:buffer";
import pRetry from "p-retry";
import type { DecodedEvent, EventCodec } from "../../catalog/codec.ts";
import { isEventQLError, messageOf } from "../../errors.ts";
import type { LogRecord } from "../../model/event.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { nextTurn } from "./turns.ts";

/** An event, or a tombstone, and the record that it was. */
export interface KeyedEvent {
  readonly id: string;
  /** Undefined: a tombstone. */
  readonly event: DecodedEvent | undefined;
  readonly record: LogRecord;
}

/** What a decoder needs. */
export interface EventDecoderOptions {
  readonly codec: EventCodec;
  readonly topic: string;
  readonly logger: Logger;
  /** Ends the waiting for the registry. */
  readonly signal: AbortSignal;
}

/** Makes events of records. */
export class EventDecoder {
  readonly #options: EventDecoderOptions;

  constructor(options: EventDecoderOptions) {
    this.#options = options;
  }

  /**
   * Decodes the records of the keys that `wants` accepts, and hands them to `use` in the same turn: what `wants` said is
   * still so then. Waits for schemas, and for the registry, as long as it takes. Records that are no events are left out.
   * @throws the signal's reason
   */
  async decode<T>(
    records: readonly LogRecord[],
    wants: (id: string) => boolean,
    use: (events: readonly KeyedEvent[]) => T,
  ): Promise<T> {
    for (;;) {
      const { events, unprepared } = this.#decodeNow(records, wants);
      if (unprepared.size === 0) return use(events);
      for (const schemaId of unprepared) await this.#prepare(schemaId);
      await nextTurn();
    }
  }

  #decodeNow(
    records: readonly LogRecord[],
    wants: (id: string) => boolean,
  ): { events: KeyedEvent[]; unprepared: Set<number> } {
    const { codec, topic } = this.#options;
    const events: KeyedEvent[] = [];
    const unprepared = new Set<number>();
    for (const record of records) {
      const id = textOf(record.key);
      if (id === undefined || !wants(id)) continue;
      const decoded = record.value === null ? undefined : codec.decode(topic, record.value);
      if (decoded?.status === "unprepared") unprepared.add(decoded.schemaId);
      else if (decoded?.status !== "undecodable") events.push({ id, event: decoded, record });
    }
    return { events, unprepared };
  }

  async #prepare(schemaId: number): Promise<void> {
    const { codec, topic, logger, signal } = this.#options;
    await pRetry(async () => await codec.prepare(topic, schemaId), {
      signal,
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 100,
      maxTimeout: 5_000,
      randomize: true,
      shouldRetry: () => !signal.aborted,
      onFailedAttempt({ error, attemptNumber }) {
        if (signal.aborted || (attemptNumber > 1 && attemptNumber % 10 !== 0)) return;
        const code = isEventQLError(error) ? error.code : undefined;
        logger.warn(
          { topic, schemaId, attempt: attemptNumber, code, error: messageOf(error) },
          "The subscribers of a topic wait for a schema; it is asked for again.",
        );
      },
    });
  }
}

function textOf(bytes: Uint8Array | null): string | undefined {
  if (bytes === null || !isUtf8(bytes)) return undefined;
  return Buffer.isBuffer(bytes) ? bytes.toString() : Buffer.from(bytes).toString();
}
