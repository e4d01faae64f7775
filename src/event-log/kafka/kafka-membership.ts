import type { Kafka } from "kafkajs";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { retryUntilDone } from "../backoff.ts";
import type { Membership, MembersOptions } from "../event-log.ts";
import { Heartbeat, HEARTBEAT_MS, toSign } from "./heartbeat.ts";
import { MemberList } from "./member-list.ts";
import { PartitionReader } from "./partition-reader.ts";

/** What a membership needs. */
export interface KafkaMembershipOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly logger: Logger;
  readonly onChange: MembersOptions["onChange"];
  /** The end of the topic, which is made if need be. */
  readonly end: () => Promise<number>;
  readonly onLeft: () => void;
}

const TIMES = { silentMs: 5 * HEARTBEAT_MS, settleMs: 2 * HEARTBEAT_MS } as const;
const FETCH = { maxBytes: 1024 * 1024, maxWaitMs: 100 } as const;

/** The most that one fetch counts as time of listening, in ms: what takes longer was held up here or on the way. */
const MAX_LISTENED_MS = 300;

/** A member of a group: it appends signs of life to a topic, and hears those of the others there. */
export class KafkaMembership implements Membership {
  readonly self: string = crypto.randomUUID();
  readonly #options: KafkaMembershipOptions;
  readonly #heartbeat: Heartbeat;
  readonly #reader: PartitionReader;
  readonly #list: MemberList;
  readonly #end = new AbortController();
  #listening: Promise<unknown> = Promise.resolve();
  #left: Promise<void> | undefined;

  constructor(options: KafkaMembershipOptions) {
    const { kafka, topic, logger } = options;
    this.#options = options;
    this.#heartbeat = new Heartbeat({ kafka, topic, member: this.self, logger });
    this.#reader = new PartitionReader(kafka);
    this.#list = new MemberList(this.self, TIMES);
  }

  /** Begins to listen, and to be heard. Rejects where that can't be done now. */
  async start(): Promise<void> {
    const end = await this.#options.end();
    await this.#heartbeat.start();
    this.#listening = this.#run(end);
  }

  leave(): Promise<void> {
    return (this.#left ??= this.#leave());
  }

  async #leave(): Promise<void> {
    this.#end.abort();
    await this.#heartbeat.stop();
    await this.#reader.close();
    await this.#listening;
    this.#options.onLeft();
  }

  async #run(end: number): Promise<void> {
    const { logger, end: readEnd } = this.#options;
    const { signal } = this.#end;
    // After a failure it goes on at the end: no time has passed meanwhile, so whoever is there is heard of again in time.
    let from: number | undefined = end;
    await retryUntilDone(
      async () => {
        from ??= await readEnd();
        while (!signal.aborted) from = await this.#listen(from);
      },
      {
        signal,
        maxMs: 1_000,
        onFailure: (error, pauseMs) => {
          from = undefined;
          logger.warn({ error: messageOf(error), pauseMs }, "The other members can't be heard now; it is tried again.");
        },
      },
    );
  }

  async #listen(from: number): Promise<number> {
    const begun = performance.now();
    const { records, next } = await this.#reader.fetch({ topic: this.#options.topic, partition: 0 }, from, FETCH);
    if (this.#end.signal.aborted) return next;
    const listenedMs = Math.min(performance.now() - begun, MAX_LISTENED_MS);
    this.#tell(
      this.#list.listened(
        listenedMs,
        records.flatMap((record) => toSign(record) ?? []),
      ),
    );
    return next;
  }

  #tell(members: readonly string[] | undefined): void {
    if (members === undefined) return;
    try {
      this.#options.onChange(members);
    } catch (error) {
      this.#options.logger.error({ error: messageOf(error) }, "A member failed on hearing who is there.");
    }
  }
}
