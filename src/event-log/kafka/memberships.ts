import { EventQLError, isEventQLError, messageOf } from "../../errors.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Membership, MembersOptions, OffsetRange } from "../event-log.ts";
import { createClient } from "./client.ts";
import type { KafkaTopicSpec } from "./create-topic.ts";
import { closed, unavailable } from "./failures.ts";
import { KafkaMembership } from "./kafka-membership.ts";
import type { KafkaEventLogOptions } from "./options.ts";

/** What is needed to join groups. */
export interface MembershipsOptions {
  readonly log: KafkaEventLogOptions;
  readonly logger: Logger;
  readonly createTopic: (spec: KafkaTopicSpec) => Promise<void>;
  readonly offsets: (topic: string) => Promise<readonly OffsetRange[]>;
}

/** A sign of life is of no use any more after a while, and an unanswered request is repeated by the next sign. */
const REQUEST_TIMEOUT_MS = 1_000;
const RETRY = { initialRetryTime: 50, multiplier: 2, maxRetryTime: 200, retries: 2 };

/** Kept short: each member appends four signs a second. */
const RETENTION_MS = 60_000;
const SEGMENT_MS = 600_000;

/** The groups that this process is a member of. */
export class Memberships {
  readonly #options: MembershipsOptions;
  readonly #members = new Set<KafkaMembership>();
  #closed = false;

  constructor(options: MembershipsOptions) {
    this.#options = options;
  }

  async join({ group, onChange }: MembersOptions): Promise<Membership> {
    if (this.#closed) throw closed();
    const { log, logger, offsets } = this.#options;
    const topic = `${group}.members`;
    const membership: KafkaMembership = new KafkaMembership({
      // A client, and so connections, of their own: a fetch that waits on the broker holds up whatever is behind it.
      kafka: createClient(log, { requestTimeoutMs: REQUEST_TIMEOUT_MS, retry: RETRY }),
      topic,
      logger: logger.child({ topic }),
      onChange,
      end: async () => {
        await this.#ensure(group, topic);
        const [range] = await offsets(topic);
        return range?.high ?? 0;
      },
      onLeft: () => this.#members.delete(membership),
    });
    this.#members.add(membership);
    try {
      await membership.start();
    } catch (error) {
      await membership.leave();
      throw isEventQLError(error) ? error : unavailable(log.brokers, error);
    }
    return membership;
  }

  /** Leaves every group. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#members].map((membership) => membership.leave()));
  }

  async #ensure(group: string, topic: string): Promise<void> {
    try {
      await this.#options.createTopic({
        name: topic,
        partitions: 1,
        retentionMs: RETENTION_MS,
        config: { "segment.ms": String(SEGMENT_MS) },
      });
    } catch (error) {
      if (!isEventQLError(error, "TOPIC_UNSUITABLE")) throw error;
      throw new EventQLError(
        "TOPIC_UNSUITABLE",
        `The processes of "${group}" hear of each other by topic "${topic}", which is missing and can't be made: ${messageOf(error)} Create it with 1 partition, cleanup.policy=delete, retention.ms=${RETENTION_MS} and segment.ms=${SEGMENT_MS}.`,
        { cause: error, details: { topic } },
      );
    }
  }
}
