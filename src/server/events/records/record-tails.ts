import type { EventLog, RangeRecords } from "../../../event-log/event-log.ts";
import { RecordTail, type TailRequest } from "./record-tail.ts";

/** How long a topic is followed after it was last asked for, in ms. */
const LINGER_MS = 60_000;

interface Followed {
  readonly tail: RecordTail;
  waiting: number;
  unused: NodeJS.Timeout | undefined;
}

/** The tails of the topics that somebody follows. */
export class RecordTails {
  readonly #log: () => EventLog;
  readonly #group: string;
  readonly #topics = new Map<string, Followed>();
  readonly #ended = new AbortController();

  /** @param group what the names of its consumer groups begin with */
  constructor(log: () => EventLog, group: string) {
    this.#log = log;
    this.#group = group;
  }

  /** See {@link RecordTail.poll}. */
  async poll(topic: string, request: TailRequest): Promise<RangeRecords> {
    const followed = this.#topics.get(topic) ?? this.#follow(topic);
    followed.waiting += 1;
    clearTimeout(followed.unused);
    try {
      await followed.tail.ready();
      return await followed.tail.poll({ ...request, signal: AbortSignal.any([request.signal, this.#ended.signal]) });
    } catch (error) {
      if (this.#topics.get(topic) === followed && followed.waiting === 1) void this.#end(topic, followed);
      throw error;
    } finally {
      followed.waiting -= 1;
      if (followed.waiting === 0)
        followed.unused = setTimeout(() => void this.#end(topic, followed), LINGER_MS).unref();
    }
  }

  /** Answers all who wait that there is nothing: nobody waits from now on. */
  release(): void {
    this.#ended.abort();
  }

  /** Ends the readers. */
  async close(): Promise<void> {
    this.release();
    await Promise.all([...this.#topics].map(async ([topic, followed]) => await this.#end(topic, followed)));
  }

  #follow(topic: string): Followed {
    const tail = new RecordTail(this.#log(), topic, this.#group);
    const followed = { tail, waiting: 0, unused: undefined };
    this.#topics.set(topic, followed);
    return followed;
  }

  async #end(topic: string, followed: Followed): Promise<void> {
    clearTimeout(followed.unused);
    if (this.#topics.get(topic) === followed) this.#topics.delete(topic);
    await followed.tail.stop();
  }
}
