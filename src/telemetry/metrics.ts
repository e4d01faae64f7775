import type { TopicPartition } from "../model/position.ts";

/** A value of a gauge that is read when somebody asks. */
export interface Sample {
  readonly value: number;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** The gauges: what is so at the time of asking. */
export type GaugeName =
  | "streamLag"
  | "streamParkedKeys"
  | "streamHaltedPartitions"
  | "consumerLag"
  | "parkedKeys"
  | "haltedPartitions"
  | "buildLag"
  | "commandLag"
  | "ownedPartitions"
  | "catalogGeneration";

/** A partition of a stream's input. */
export interface StreamPart extends TopicPartition {
  readonly stream: string;
}

/**
 * What EventQL counts and measures. Times are in seconds. A call costs little and never throws; attributes have few
 * values each: no keys, no ids, nothing that clients make up.
 */
export interface Metrics {
  /** A batch of a partition was committed. */
  batchProjected(of: TopicPartition, events: number, seconds: number): void;
  /** Events were set aside, by the code of why. */
  deadLettered(of: TopicPartition, code: string, events: number): void;
  /** Events of a stream were worked on, and what they led to was written. */
  streamed(of: StreamPart, events: number, written: number, seconds: number): void;
  /** Events of a stream were set aside, by the code of why. */
  streamSetAside(of: StreamPart, code: string, events: number): void;
  /** A batch of a partition of commands was decided and committed. */
  commandsCommitted(of: TopicPartition, commands: number, seconds: number): void;
  /** Commands were decided: `OK`, the code of why they were refused, or `REPEATED` where they had been decided before. */
  commandsDecided(of: TopicPartition, code: string, commands: number): void;
  /** A partition of commands was taken over, and what deciding needs was read. */
  commandsLoaded(of: TopicPartition, seconds: number): void;
  /** An append ended: `OK`, or the error's code. */
  appended(topic: string, code: string, seconds: number): void;
  /** A GraphQL operation ended. `field` is its first root field; the code is `OK` or the first error's. */
  graphqlAnswered(
    operation: "query" | "mutation" | "subscription" | "none",
    field: string,
    code: string,
    seconds: number,
  ): void;
  /** A subscription began (1) or ended (-1). */
  subscribers(field: string, change: 1 | -1): void;
  /** Results were sent to subscribers. */
  delivered(field: string, results: number): void;
  /** The registry was read anew: `OK`, or the code of why the old catalog stays. */
  catalogRefreshed(code: string): void;
  /** Sets what a gauge is read by. */
  gauge(name: GaugeName, read: () => readonly Sample[] | Promise<readonly Sample[]>): void;
}

/** Counts nothing. */
export const noMetrics: Metrics = {
  batchProjected: () => {},
  deadLettered: () => {},
  streamed: () => {},
  streamSetAside: () => {},
  commandsCommitted: () => {},
  commandsDecided: () => {},
  commandsLoaded: () => {},
  appended: () => {},
  graphqlAnswered: () => {},
  subscribers: () => {},
  delivered: () => {},
  catalogRefreshed: () => {},
  gauge: () => {},
};
