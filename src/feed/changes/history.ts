import { compareValues } from "../../read-model/query/compare.ts";
import type { DocumentChange, Filter, ReadModel } from "../../read-model/read-model.ts";
import type { ChangeRequest } from "../change-feed.ts";
import type { Cursor } from "./cursor.ts";
import { Item } from "./item.ts";
import { type Meaning, meaningOf, type Tests } from "./meaning.ts";
import { later } from "./shared-watch.ts";
import type { Slots } from "./slots.ts";

/** Nothing that was told counts any more. */
const RESET: Meaning = { operation: "RESET", id: "", document: undefined, previous: undefined };

/** A step of a reading: how far it has come, and what is to be delivered, if anything. */
export interface Step {
  readonly cursor: Cursor;
  readonly item: Item | undefined;
}

/** What a reading is of. */
export interface Reading {
  readonly request: Pick<ChangeRequest, "where" | "scope">;
  readonly tests: Tests;
  readonly signal: AbortSignal;
  /** How long it may wait until it can begin, in ms; undefined: as long as it takes. */
  readonly startMs: number | undefined;
  /** Up to where changes are told by the watch: what comes after it needn't be read. */
  readonly told: () => string;
}

/** Reads what was, each for one subscriber and at its speed; so many readings at once as there are slots. */
export class History {
  readonly #readModel: Pick<ReadModel, "readChanges" | "snapshot">;
  readonly #slots: Slots;

  constructor(readModel: Pick<ReadModel, "readChanges" | "snapshot">, slots: Slots) {
    this.#readModel = readModel;
    this.#slots = slots;
  }

  /**
   * Reads from a cursor until everything is told up to where the watch has come, or further.
   * @throws EventQLError `CURSOR_EXPIRED`, `CURSOR_INVALID`, `READ_MODEL_UNAVAILABLE`.
   */
  async *read(from: Cursor, reading: Reading): AsyncGenerator<Step, void, undefined> {
    const giveBack = await this.#slots.take(reading.signal, reading.startMs);
    const over = new AbortController();
    const ending = { ...reading, signal: AbortSignal.any([reading.signal, over.signal]) };
    try {
      if (from.upTo === undefined) yield* this.#changes(from, reading.told(), ending);
      else yield* this.#snapshot(from, from.upTo, ending);
    } finally {
      // A snapshot that was opened, but not begun to be read, ends by this alone.
      over.abort();
      giveBack();
    }
  }

  /** Changes of the documents that were told; the position is asked for even where it is ahead, so that it is checked. */
  async *#changes(from: Cursor, until: string, reading: Reading): AsyncGenerator<Step, void, undefined> {
    const { aggregate, collection, upTo } = from;
    const end = later(until, from.position);
    const { signal } = reading;
    for await (const change of this.#readModel.readChanges({ collection, after: from.position, until: end, signal })) {
      const cursor = { aggregate, collection, position: change.position, upTo };
      yield { cursor, item: wasTold(change, upTo) ? itemOf(change, cursor, reading.tests) : undefined };
    }
    yield { cursor: { ...from, position: end }, item: undefined };
  }

  /**
   * Brings what was told up to date, first as far as the watch has come, so that no snapshot is held open meanwhile, then
   * to the snapshot's position; then reads the rest of the snapshot. What is to be taken back is, once there is a snapshot
   * to put in its place.
   */
  async *#snapshot(from: Cursor, upTo: string | null, reading: Reading): AsyncGenerator<Step, void, undefined> {
    const { aggregate, collection } = from;
    // Where nothing was told the cursor's position is of no account, and may even be another store's.
    const reached = { ...from, position: upTo === null ? reading.told() : later(reading.told(), from.position) };
    if (upTo !== null) yield* this.#changes(from, reached.position, reading);
    const filter = conjunction(reading.request.where, reading.request.scope, upTo);
    const snapshot = await this.#readModel.snapshot(collection, { filter, signal: reading.signal });
    const position = later(snapshot.position, reached.position);
    if (upTo !== null) yield* this.#changes(reached, position, reading);
    const none = { aggregate, collection, position, upTo: null };
    if (from.isReset) yield { cursor: none, item: new Item(RESET, none) };
    for await (const document of snapshot.documents) {
      const { _id: id } = document;
      const cursor = { aggregate, collection, position, upTo: id };
      yield { cursor, item: new Item({ operation: "SNAPSHOT", id, document, previous: undefined }, cursor) };
    }
    yield { cursor: { aggregate, collection, position, upTo: undefined }, item: undefined };
  }
}

function wasTold({ id }: DocumentChange, upTo: string | null | undefined): boolean {
  return upTo === undefined || (upTo !== null && compareValues(id, upTo) <= 0);
}

function itemOf(change: DocumentChange, cursor: Cursor, tests: Tests): Item | undefined {
  const meaning = meaningOf(change, tests);
  return meaning === undefined ? undefined : new Item(meaning, cursor);
}

function conjunction(where: Filter, scope: Filter | undefined, after: string | null): Filter {
  const parts = [where, scope ?? {}, after === null ? {} : { _id: { $gt: after } }];
  const [first, ...others] = parts.filter((part) => Object.keys(part).length > 0);
  if (first === undefined) return {};
  return others.length === 0 ? first : { $and: [first, ...others] };
}
