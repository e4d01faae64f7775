import type { NewRecord } from "../../model/event.ts";
import type { Position } from "../../model/position.ts";
import { HttpConnection } from "./connection.ts";
import { closed } from "./failures.ts";
import type { HttpLogOptions } from "./options.ts";
import { TopicWriter } from "./topic-writer.ts";

/**
 * Appends records to a server's log over HTTP, as they are: the bytes of a value are the caller's. Records of a key land in
 * the order of the calls. It never sends a record twice: where an answer is lost, the outcome is open.
 */
export class HttpEventWriter {
  readonly #connection: HttpConnection;
  readonly #topics = new Map<string, TopicWriter>();

  constructor(options: HttpLogOptions) {
    this.#connection = new HttpConnection(options);
  }

  /**
   * Appends one record; resolves when it is durable.
   * @throws EventQLError as `EventLog.append`: `APPEND_UNKNOWN` where the answer is lost; `FORBIDDEN`, `UNAUTHENTICATED`,
   *   `TOKEN_EXPIRED`.
   */
  async append(record: NewRecord): Promise<Position> {
    if (this.#connection.signal.aborted) throw closed();
    const { topic } = record;
    const writer = this.#topics.get(topic) ?? new TopicWriter(topic, this.#connection);
    this.#topics.set(topic, writer);
    return await writer.append(record);
  }

  /** Waits for the answers to what was called before, then takes no more. */
  async close(): Promise<void> {
    await Promise.all([...this.#topics.values()].map(async (writer) => await writer.drained()));
    this.#connection.close();
  }
}
