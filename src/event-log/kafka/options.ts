import type { ISocketFactory, SASLOptions } from "kafkajs";
import type { ConnectionOptions } from "node:tls";
import type { Logger } from "../../telemetry/logger.ts";

/** How membership in consumer groups is kept. All in ms. */
export interface GroupTuning {
  /** After how long without a sign of life a consumer's partitions go to others. Default 10,000; the broker's minimum is 6,000. */
  readonly sessionTimeoutMs?: number;
  /** Between signs of life. Default 300: with 3,000, joining takes seconds. */
  readonly heartbeatIntervalMs?: number;
  /** How long the broker holds a fetch that finds nothing. Default 100: taking partitions on waits for it. */
  readonly maxWaitMs?: number;
  /** How long a rebalance waits for members to join again. Default 15,000. */
  readonly rebalanceTimeoutMs?: number;
}

/** How to reach Kafka. */
export interface KafkaEventLogOptions {
  /** `host:port` of some brokers; the rest is found through them. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl?: boolean | ConnectionOptions;
  readonly sasl?: SASLOptions;
  readonly logger: Logger;
  /** How long the caller of an append waits, in ms. Default 10,000. */
  readonly appendTimeoutMs?: number;
  /** How long any other call may take, in ms. Default 10,000. */
  readonly requestTimeoutMs?: number;
  readonly group?: GroupTuning;
  /** Opens the connections to brokers. @internal */
  readonly socketFactory?: ISocketFactory;
}
