import assert from "node:assert/strict";
import fc from "fast-check";
import type { ChangeFeed } from "../../../src/feed/change-feed.ts";
import { createChangeFeed } from "../../../src/feed/changes/create-change-feed.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { Chain, noting } from "./chain.ts";
import { FakeReadModel } from "./fake-read-model.ts";
import { turns } from "./harness.ts";
import { type Followed, IDS, SCOPES, WHERES } from "./model.ts";

/** `n` of -1 deletes. */
interface Write {
  readonly do: "write";
  readonly id: string;
  readonly n: number;
}

/** What may happen. */
export type Action =
  | Write
  | { readonly do: "tell" | "turns"; readonly count: number }
  | { readonly do: "free"; readonly chain: number; readonly count: number }
  | { readonly do: "go on"; readonly chain: number; readonly room: number }
  | { readonly do: "restart" | "lose" };

const SUBSCRIBERS = 3;

const id = fc.constantFrom(...IDS);
const chain = fc.nat({ max: SUBSCRIBERS - 1 });
const room = fc.oneof(fc.nat({ max: 3 }), fc.constant(1_000));

const write: fc.Arbitrary<Write> = fc.record({
  do: fc.constant("write" as const),
  id,
  n: fc.integer({ min: -1, max: 2 }),
});

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: write },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("tell"), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("turns"), count: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("free"), chain, count: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("go on"), chain, room }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("restart", "lose") }) },
);

/** What a run begins with, and what happens in it. */
export interface Scenario {
  readonly keepsPrevious: boolean;
  /** Turns that each step of a reading takes. */
  readonly delay: number;
  readonly maxHeldBack: number;
  readonly maxReadings: number;
  readonly stallMs: number;
  readonly graceMs: number;
  readonly before: readonly Write[];
  readonly subscribers: readonly (Followed & { readonly snapshot: boolean })[];
  readonly actions: readonly Action[];
}

export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  keepsPrevious: fc.boolean(),
  delay: fc.nat({ max: 2 }),
  maxHeldBack: fc.nat({ max: 4 }),
  maxReadings: fc.integer({ min: 1, max: 3 }),
  stallMs: fc.constantFrom(1, 60_000),
  graceMs: fc.constantFrom(0, 1, 60_000),
  before: fc.array(write, { maxLength: 8, size: "max" }),
  subscribers: fc.array(
    fc.record({ where: fc.constantFrom(...WHERES), scope: fc.constantFrom(...SCOPES), snapshot: fc.boolean() }),
    { minLength: SUBSCRIBERS, maxLength: SUBSCRIBERS },
  ),
  actions: fc.array(action, { maxLength: 80, size: "max" }),
});

/** A store, a feed on it, and subscribers. */
export class World {
  readonly model: FakeReadModel;
  readonly chains: readonly Chain[];
  readonly #scenario: Scenario;
  #feed: ChangeFeed;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.model = new FakeReadModel(scenario.keepsPrevious);
    this.model.gate = async () => turns(scenario.delay);
    for (const each of scenario.before) this.#write(each);
    this.chains = scenario.subscribers.map(({ snapshot, ...followed }) => new Chain(this.model, followed, snapshot));
    this.#feed = this.#open();
  }

  async act(action: Action): Promise<void> {
    switch (action.do) {
      case "write":
        this.#write(action);
        break;
      case "tell":
        this.model.tell(action.count);
        break;
      case "turns":
        await turns(action.count);
        break;
      case "free":
        this.chains[action.chain]?.sink?.free(action.count);
        break;
      case "go on":
        await this.#goOn(this.chains[action.chain], action.room);
        break;
      case "lose":
        this.model.lose();
        break;
      case "restart":
        await this.#feed.close();
        this.#feed = this.#open();
    }
  }

  /** Lets all take what there is, and go on if they ended. Resolves with whether they have come to the end. */
  async finish(): Promise<boolean> {
    this.model.tell();
    for (let i = 0; i < 100 && !this.chains.every((each) => each.isComplete); i++) {
      await turns(5);
      for (const each of this.chains) {
        if (each.isOver) await this.#goOn(each, 1_000);
        else each.sink?.free(1_000);
      }
    }
    for (const each of this.chains) each.check();
    return this.chains.every((each) => each.isComplete);
  }

  /** Ends it, and sees that nothing is left open. */
  async close(): Promise<void> {
    await this.#feed.close();
    assert.equal(this.model.running, 0);
    assert.equal(this.model.listeners.size, 0);
  }

  /** Those who hold the slots that it waits for take some more. */
  async #goOn(chain: Chain | undefined, room: number): Promise<void> {
    const isOpening = (): boolean => chain?.isOpening === true;
    while (isOpening()) {
      for (const each of this.chains) each.sink?.free(1);
      await turns(1);
    }
    await chain?.goOn(this.#feed, room);
  }

  #open(): ChangeFeed {
    const { maxHeldBack, maxReadings, stallMs, graceMs } = this.#scenario;
    return createChangeFeed({
      readModel: noting(this.model),
      logger: silentLogger,
      lingerMs: 0,
      maxHeldBack,
      maxReadings,
      stallMs,
      graceMs,
    });
  }

  #write({ id, n }: { readonly id: string; readonly n: number }): void {
    this.model.commit("users", n < 0 ? id : { _id: id, n, v: this.model.log.length + 1 });
  }
}
