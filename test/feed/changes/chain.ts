import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import type { ChangeFeed, ChangeItem } from "../../../src/feed/change-feed.ts";
import { parseCursor } from "../../../src/feed/changes/cursor.ts";
import type { Feed } from "../../../src/feed/feed.ts";
import type { Snapshot } from "../../../src/read-model/read-model.ts";
import type { FakeReadModel, FeedReadModel } from "./fake-read-model.ts";
import { positionOf } from "./fake-read-model.ts";
import { FakeSink } from "./fake-sink.ts";
import { USERS, request } from "./harness.ts";
import { expected, type Followed, type Standing, type TakenSnapshot } from "./model.ts";

/** A subscription from its beginning to its end. */
interface Leg {
  readonly sink: FakeSink;
  /** Undefined: it begins anew. */
  readonly after: string | undefined;
  readonly from: Standing;
  /** What was read on the way: more than one where a reading gave way to others. */
  readonly snapshots: TakenSnapshot[];
  readonly opening: Promise<Feed | undefined>;
  state: "opening" | "open" | "refused";
}

const current = new AsyncLocalStorage<Pick<Leg, "sink" | "from" | "snapshots">>();

/** The read model as a feed is given it here: notes for which leg a snapshot was read, of when, and how much of it. */
export function noting(model: FakeReadModel): FeedReadModel {
  return {
    watchChanges: (listener) => model.watchChanges(listener),
    readChanges: (options) => model.readChanges(options),
    snapshot: async (collection, options) => {
      const snapshot = await model.snapshot(collection, options);
      const leg = current.getStore();
      return leg === undefined ? snapshot : { ...snapshot, documents: noteFor(leg, snapshot, options.signal) };
    },
  };
}

/** Notes a snapshot. Its signal says when nothing more is read of it. */
function noteFor(
  { sink, from, snapshots }: Pick<Leg, "sink" | "from" | "snapshots">,
  { position, documents }: Snapshot,
  signal: AbortSignal,
): Snapshot["documents"] {
  const taken: TakenSnapshot = { at: Number(position), until: undefined };
  let isWhole = false;
  const toldUpTo = (): string | null | undefined =>
    sink.items.findLast(({ operation }) => operation === "SNAPSHOT")?.id ?? from.upTo;
  signal.addEventListener("abort", () => {
    if (!isWhole) taken.until = toldUpTo();
  });
  snapshots.push(taken);
  return (async function* () {
    yield* documents;
    isWhole = true;
  })();
}

/** One who subscribes again and again, each time going on from the last cursor that it has. */
export class Chain {
  readonly #model: FakeReadModel;
  readonly #followed: Followed;
  readonly #snapshot: boolean;
  /** What was told since it last began anew. */
  #told: ChangeItem[] = [];
  #leg: Leg | undefined;

  constructor(model: FakeReadModel, followed: Followed, snapshot: boolean) {
    this.#model = model;
    this.#followed = followed;
    this.#snapshot = snapshot;
  }

  get sink(): FakeSink | undefined {
    return this.#leg?.sink;
  }

  get toldAll(): readonly ChangeItem[] {
    return [...this.#told, ...(this.#leg?.sink.items ?? [])];
  }

  /** Whether it waits to be let in. */
  get isOpening(): boolean {
    return this.#leg?.state === "opening";
  }

  /** Whether nothing will come any more. */
  get isOver(): boolean {
    return this.#leg === undefined || this.#leg.state === "refused" || this.#leg.sink.ended !== undefined;
  }

  /** Whether it has come to where the log ends. */
  get isComplete(): boolean {
    if (this.#leg === undefined || this.isOver) return false;
    const { sink, from, snapshots } = this.#leg;
    const last = snapshots.at(-1);
    if (from.upTo !== undefined && (last === undefined || last.until !== undefined)) return false;
    return sink.items.length === this.#expected(this.#leg).length;
  }

  /** Ends what runs, checks it, and goes on. */
  async goOn(feed: ChangeFeed, room: number): Promise<void> {
    const last = this.#leg;
    if (last !== undefined) {
      (await last.opening)?.close();
      this.check();
      this.#told.push(...last.sink.items);
    }
    const after = last?.sink.cursor ?? last?.after;
    if (after === undefined) this.#told = [];
    this.#leg = this.#subscribe(feed, after, room);
    if (!this.#snapshot && after === undefined) await this.#leg.opening;
  }

  /** What the leg was told is how what it is to be told begins; and each cursor stands for exactly the rest. */
  check(): void {
    if (this.#leg === undefined) return;
    const { sink, snapshots } = this.#leg;
    const all = this.#expected(this.#leg);
    assert.deepEqual(sink.lines, all.slice(0, sink.items.length));
    const rest = (cursor: string): readonly string[] =>
      expected(this.#model, this.#followed, parseCursor(cursor, USERS), snapshots);
    for (const [i, { cursor }] of sink.items.entries()) assert.deepEqual(rest(cursor), all.slice(i + 1));
    if (sink.cursor !== undefined) assert.deepEqual(rest(sink.cursor), all.slice(sink.items.length));
  }

  #expected({ from, snapshots }: Leg): readonly string[] {
    return expected(this.#model, this.#followed, from, snapshots);
  }

  #subscribe(feed: ChangeFeed, after: string | undefined, room: number): Leg {
    const sink = new FakeSink(room);
    const { where, scope } = this.#followed;
    const fields = { where: where.filter ?? {}, scope: scope.filter, after };
    const snapshot = this.#snapshot && after === undefined;
    const from = after === undefined ? this.#start() : parseCursor(after, USERS);
    const leg: Omit<Leg, "opening"> = { sink, after, from, snapshots: [], state: "opening" };
    const opening = current
      .run(leg, () => feed.subscribe(request({ ...fields, snapshot }), sink))
      .then(
        (opened) => {
          leg.state = "open";
          return opened;
        },
        () => {
          leg.state = "refused";
          return undefined;
        },
      );
    return Object.assign(leg, { opening });
  }

  #start(): Standing {
    return { position: positionOf(this.#model.told), upTo: this.#snapshot ? null : undefined };
  }
}
