import { afterAll, beforeAll, describe } from "vitest";
import type { EventLog, TopicSpec } from "../../src/event-log/event-log.ts";
import { uniqueName } from "../support/real-stack.ts";
import { appendContract } from "./event-log.append.ts";
import { cleaningContract } from "./event-log.cleaning.ts";
import { consumeContract } from "./event-log.consume.ts";
import { ephemeralContract } from "./event-log.ephemeral.ts";
import { keyContract } from "./event-log.key.ts";
import { membersContract } from "./event-log.members.ts";
import { ownerContract } from "./event-log.owner.ts";
import { rangeContract } from "./event-log.range.ts";
import { topicsContract } from "./event-log.topics.ts";

/** A record as a stranger writes it: any key and any value. */
export interface RawRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

/** An event log on trial. */
export interface LogUnderTest {
  readonly log: EventLog;
  /** Another connection to the same log, as another process has it. The caller closes it. */
  open(): EventLog;
  /** Writes as a foreign client does, past the port. */
  appendRaw(record: RawRecord): Promise<void>;
  /** Makes a topic of which the log removes what it doesn't keep as soon as it can. */
  createCleaned?(spec: TopicSpec): Promise<void>;
  /** Closes it all, and removes the topics that it was given. */
  dispose(topics: readonly string[]): Promise<void>;
}

/** What an adapter can't do, each with the reason: those tests are left out. */
export interface Lacks {
  readonly sharingPartitions?: string;
  /** Groups of consumers: each reads everything, and says where it begins. */
  readonly groups?: string;
  /** Owning partitions: `takeOver`. */
  readonly owners?: string;
  /** Knowing the processes that share work: `join`. */
  readonly members?: string;
  /** Knowing those of other connections. */
  readonly membersElsewhere?: string;
  /** Removing what isn't kept, by `createCleaned`. */
  readonly cleaning?: string;
}

/** What the parts of the suite get. */
export interface Trial {
  readonly lacks: Lacks;
  readonly under: () => LogUnderTest;
  /** A name for a topic, which is removed at the end. */
  readonly name: (suffix?: string) => string;
  /** A new topic. */
  readonly topic: (partitions?: number) => Promise<string>;
  /** Appends texts to a key, one after the other. */
  readonly fill: (topic: string, key: string, values: readonly string[]) => Promise<void>;
}

/** What every event log promises. */
export function eventLogContract(name: string, make: () => Promise<LogUnderTest>, lacks: Lacks = {}): void {
  describe(`event log: ${name}`, () => {
    const topics: string[] = [];
    let tried: LogUnderTest | undefined;
    const under = (): LogUnderTest => {
      if (tried === undefined) throw new TypeError("the log is not open yet");
      return tried;
    };
    const trial: Trial = {
      lacks,
      under,
      name: (suffix = "") => {
        const name = uniqueName("contract") + suffix;
        topics.push(name);
        return name;
      },
      topic: async (partitions = 1) => {
        const topic = trial.name();
        await under().log.createTopics([{ name: topic, partitions }]);
        return topic;
      },
      fill: async (topic, key, values) => {
        await Promise.all(
          values.map((value) => under().log.append({ topic, key, value: Buffer.from(value), headers: {} })),
        );
      },
    };
    beforeAll(async () => {
      tried = await make();
    });
    afterAll(async () => {
      await tried?.dispose(topics);
    });
    topicsContract(trial);
    appendContract(trial);
    consumeContract(trial);
    ephemeralContract(trial);
    keyContract(trial);
    rangeContract(trial);
    ownerContract(trial);
    membersContract(trial);
    cleaningContract(trial);
  });
}
