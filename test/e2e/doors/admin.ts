import { expect, vi } from "vitest";
import { z } from "zod";
import { partitionOf } from "../../../src/event-log/partition.ts";
import { graphql } from "../../support/graphql-client.ts";
import { LiveClient, type Received } from "../../support/live-client.ts";
import type { House } from "./house.ts";
import { told } from "./transports.ts";

const status = z.record(z.string(), z.looseObject({ status: z.literal("PROJECTED") }));
const event = z.record(
  z.string(),
  z.object({ __typename: z.string(), id: z.string().default(""), _meta: z.object({ cursor: z.string() }) }),
);

/** Sends a mutation as an administrator, all of whose fields must be projected. Returns its data. */
export async function change({ url, proofs }: Pick<House, "url" | "proofs">, fields: string): Promise<unknown> {
  const query = fields.startsWith("mutation") ? fields : `mutation { ${fields} }`;
  const { data, errors } = await graphql(url, query, {}, proofs.admin);
  expect(errors).toBeUndefined();
  expect(status.safeParse(data).error).toBeUndefined();
  return data;
}

/** The events of aggregates, without the aggregate's name before each. */
const EVENTS = {
  User: ["Changed", "EmailChanged", "Deactivated", "Tombstone"],
  Account: ["Opened", "Tombstone"],
  Tally: ["Moved", "Tombstone"],
} as const;

type WatchedAggregate = keyof typeof EVENTS;

/** What is appended, as an administrator watches it. */
export class EventWatch {
  readonly #house: House;
  readonly #client: LiveClient;
  readonly #root: string;
  readonly #tombstone: string;
  readonly #received: Received;

  private constructor(house: House, aggregate: WatchedAggregate) {
    this.#house = house;
    this.#root = `${aggregate.toLowerCase()}EventStream`;
    this.#tombstone = `delete${aggregate}`;
    this.#client = new LiveClient(house.url, house.proofs.admin);
    const fields = EVENTS[aggregate].map((type) => `... on ${aggregate}${type} { id _meta { cursor } }`).join(" ");
    this.#received = this.#client.subscribe(`subscription { ${this.#root} { __typename ${fields} } }`);
  }

  /** Watches from now on. */
  static async open(house: House, aggregate: WatchedAggregate): Promise<EventWatch> {
    const watch = new EventWatch(house, aggregate);
    await vi.waitFor(
      async () => {
        await watch.#delete("probe");
        await watch.#received.atLeast(1, 500);
      },
      { timeout: 20_000 },
    );
    return watch;
  }

  /** Goes on after what there is now. */
  async cursor(): Promise<string> {
    await this.#settle();
    return this.#all().at(-1)?.cursor ?? "";
  }

  /** All events up to now but those that the watch itself appends: their types and keys, sorted. */
  async events(): Promise<readonly string[]> {
    await this.#settle();
    const foreign = this.#all().filter(({ id }) => !id.startsWith("probe"));
    return foreign.map(({ type, id }) => `${type} ${id}`).toSorted();
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  /** Until an event that was appended now was seen in each partition. */
  async #settle(): Promise<void> {
    const run = crypto.randomUUID();
    const keys = [0, 1, 2, 3].map((partition) => keyOf(partition, `probe-${run}`));
    for (const key of keys) await this.#delete(key);
    await vi.waitFor(
      () => {
        const seen = new Set(this.#all().map(({ id }) => id));
        const missing = keys.filter((key) => !seen.has(key));
        if (missing.length > 0) throw new RangeError(`not seen yet: ${missing.join(", ")}`);
      },
      { timeout: 20_000, interval: 10 },
    );
  }

  async #delete(id: string): Promise<void> {
    await change(this.#house, `${this.#tombstone}(id: "${id}") { status }`);
  }

  #all(): readonly { readonly type: string; readonly id: string; readonly cursor: string }[] {
    return this.#received.items.map((item) => {
      const { [this.#root]: one } = event.parse(told(item).data);
      return { type: one?.__typename ?? "", id: one?.id ?? "", cursor: one?._meta.cursor ?? "" };
    });
  }
}

/** A key that goes to a partition, of the four that the gateway makes. */
function keyOf(partition: number, prefix: string): string {
  for (let index = 0; ; index++) {
    const key = `${prefix}-${index}`;
    if (partitionOf(Buffer.from(key), 4) === partition) return key;
  }
}
