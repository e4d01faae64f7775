import { EventQLError } from "../errors.ts";
import type { EventLog, PlacedRecord } from "../event-log/event-log.ts";
import { partitionOf } from "../event-log/partition.ts";
import type { Output } from "./outputs.ts";

/** How long, in ms, it is believed how many partitions a topic has: one may get more. */
const FRESH_MS = 30_000;

/** How many partitions the topics have that streams write to. */
export class TargetTopics {
  readonly #log: Pick<EventLog, "describeTopics">;
  readonly #known = new Map<string, { readonly at: number; readonly partitions: number }>();

  constructor(log: Pick<EventLog, "describeTopics">) {
    this.#log = log;
  }

  /**
   * Gives outputs their partitions, as Kafka does by default; one without a key stays in the partition of its input.
   * @throws EventQLError `TOPIC_NOT_FOUND`.
   */
  async place(outputs: readonly Output[], input: number): Promise<readonly PlacedRecord[]> {
    const counts = await this.counts(outputs);
    return outputs.map((output) => {
      const partitions = counts.get(output.topic) ?? 1;
      const partition = output.key === null ? input % partitions : partitionOf(Buffer.from(output.key), partitions);
      return { ...output, partition };
    });
  }

  /** How many partitions the topics of outputs have. @throws EventQLError `TOPIC_NOT_FOUND`. */
  async counts(outputs: readonly Pick<Output, "topic">[]): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const { topic } of outputs) if (!counts.has(topic)) counts.set(topic, await this.#partitions(topic));
    return counts;
  }

  async #partitions(topic: string): Promise<number> {
    const known = this.#known.get(topic);
    if (known !== undefined && performance.now() - known.at < FRESH_MS) return known.partitions;
    const [found] = await this.#log.describeTopics([topic]);
    if (found === undefined) {
      this.#known.delete(topic);
      throw new EventQLError("TOPIC_NOT_FOUND", `Topic "${topic}", which a stream writes to, does not exist any more.`);
    }
    this.#known.set(topic, { at: performance.now(), partitions: found.partitions });
    return found.partitions;
  }
}
