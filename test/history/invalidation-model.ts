import fc from "fast-check";
import { expect } from "vitest";
import { EventQLError } from "../../src/errors.ts";
import { DEAD_LETTERS, PARKED_KEYS } from "../../src/read-model/dead-letters.ts";
import type { ReadModel, StoredDocument } from "../../src/read-model/read-model.ts";
import { type TestEvent, type TestRecord, World, typeNames } from "./world.ts";

const KEYS = ["a", "b", "c"];

/** Opens a topic whose keys are folded again by the journal, or the log. */
export type OpenWorld = (guard?: (readModel: ReadModel) => ReadModel) => Promise<World>;

interface Step {
  readonly key: string;
  readonly type: string | undefined;
  readonly payload: Record<string, unknown>;
  readonly timestamp: number;
  readonly transaction: number;
  readonly does: "event" | "part" | "invalidation" | "repetition";
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    key: fc.constantFrom(...KEYS),
    type: fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom("Named", "Added") },
      { weight: 5, arbitrary: fc.constantFrom(...typeNames, undefined) },
      { weight: 2, arbitrary: fc.constant("Unknown") },
    ),
    payload: fc.record({
      name: fc.string({ maxLength: 3 }),
      total: fc.integer(),
      tags: fc.array(fc.constantFrom("x", "y"), { maxLength: 2 }),
    }),
    timestamp: fc.integer({ min: 0, max: 5_000 }),
    transaction: fc.integer({ min: 1, max: 3 }),
    does: fc.constantFrom("event", "event", "part", "part", "part", "invalidation", "repetition"),
  }),
  { minLength: 5, maxLength: 40 },
);

/** The log of steps: a transaction that is invalid is followed by another one, and may become so once more. */
function recordsOf(all: readonly Step[]): readonly TestRecord[] {
  const ended = new Map<number, number>();
  return all.map(({ does, transaction: line, ...event }): TestRecord => {
    const before = ended.get(line) ?? 0;
    const transaction = 100 * line + before;
    if (does === "part") return { ...event, transaction };
    if (does === "event") return event;
    if (does === "repetition" && before > 0) return { invalidates: transaction - 1, timestamp: event.timestamp };
    ended.set(line, before + 1);
    return { invalidates: transaction, timestamp: event.timestamp };
  });
}

/** The events as if those of invalid transactions had never been. */
function withoutInvalid(records: readonly TestRecord[]): readonly TestEvent[] {
  const invalid = new Set(records.flatMap((each) => ("invalidates" in each ? [each.invalidates] : [])));
  return records.flatMap((each) =>
    "invalidates" in each || (each.transaction !== undefined && invalid.has(each.transaction)) ? [] : [each],
  );
}

/** What a document says, without where its newest event stands. */
function said(document: StoredDocument | undefined): unknown {
  if (document === undefined) return undefined;
  const { _meta: meta, ...columns } = document;
  return {
    ...columns,
    created: typeof meta === "object" && meta !== null && "created" in meta ? meta["created"] : null,
  };
}

async function parkedKeys({ readModel }: World): Promise<readonly unknown[]> {
  const [parked, letters] = [
    await readModel.find(PARKED_KEYS, { filter: {} }),
    await readModel.find(DEAD_LETTERS, { filter: {} }),
  ];
  return [parked.map(({ _id }) => _id).toSorted(), letters.length];
}

/**
 * Documents are as if the events of invalid transactions had never been, and the past is as it was stored. Says how often
 * an invalidation met documents, and how often it freed parked keys.
 */
export async function expectAsIfNever(
  open: OpenWorld,
  by: "journal" | "log",
  numRuns: number,
): Promise<{ readonly changed: number; readonly freed: number }> {
  const seen = { changed: 0, freed: 0 };
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 15 }), fc.array(fc.nat(39)), async (all, size, restarts) => {
      const records = recordsOf(all);
      const [batched, single, never] = [await open(), await open(), await open()];
      for (const world of [batched, single, never]) await world.restart();
      for (let at = 0; at < records.length; at += size) {
        if (restarts.includes(at)) await batched.restart();
        await batched.apply(records.slice(at, at + size));
      }
      await never.apply(withoutInvalid(records));
      for (const key of KEYS) expect(said(await batched.stored(key))).toEqual(said(await never.stored(key)));
      expect(await parkedKeys(batched)).toEqual(await parkedKeys(never));
      for (const [offset, record] of records.entries()) {
        const before = await parkedKeys(single);
        await single.apply([record]);
        if ("invalidates" in record && (await parkedKeys(single))[1] !== before[1]) seen.freed += 1;
        for (const key of KEYS) {
          const stored = await single.stored(key);
          if ("invalidates" in record && stored !== undefined) seen.changed += 1;
          expect(await batched.at(by, key, { offset })).toEqual(stored);
        }
      }
      for (const key of KEYS) expect(await batched.at(by, key, { timestamp: 5_000 })).toEqual(await single.stored(key));
      for (const world of [batched, single, never]) await world.close();
    }),
    { numRuns },
  );
  return seen;
}

/**
 * It makes no difference that the documents take several transactions of the store, and end between any two. Says how
 * often they ended.
 */
export async function expectCutsDontMatter(open: OpenWorld, by: "journal" | "log", numRuns: number): Promise<number> {
  let ends = 0;
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(6), async (all, faultAt) => {
      const records = recordsOf(all);
      const faults = { at: faultAt, stop: () => {} };
      const [cut, whole] = [await open((readModel) => cutting(readModel, faults)), await open()];
      await whole.restart();
      await whole.apply(records);
      const first = cut.append(records);
      for (let at = first; at < records.length;) {
        const projector = await cut.restart();
        faults.stop = () => projector.stop();
        at = await projector.apply(cut.batch(at, records.length)).catch(async () => {
          ends += 1;
          return await cut.place();
        });
      }
      for (const key of KEYS) expect(await cut.stored(key)).toEqual(await whole.stored(key));
      expect(await parkedKeys(cut)).toEqual(await parkedKeys(whole));
      for (const offset of records.keys())
        for (const key of KEYS) expect(await cut.at(by, key, { offset })).toEqual(await whole.at(by, key, { offset }));
      for (const world of [cut, whole]) await world.close();
    }),
    { numRuns },
  );
  return ends;
}

/** Takes one document at a time, and fails at every so many commits: before it or behind it. */
function cutting(readModel: ReadModel, faults: { readonly at: number; stop: () => void }): ReadModel {
  let commits = 0;
  const commit: ReadModel["commit"] = async (asked) => {
    const documents = asked.writes.filter(({ collection }) => collection === "ts");
    const changed = documents.flatMap(({ inserts, replacements, deletions }) => [
      ...inserts,
      ...replacements,
      ...deletions,
    ]);
    if (changed.length > 1) throw new EventQLError("COMMIT_TOO_LARGE", "too large");
    commits += 1;
    const fault = faults.at > 0 && commits % (faults.at + 1) === 0;
    if (fault && commits % 2 === 0) return fail(faults);
    const result = await readModel.commit(asked);
    return fault ? fail(faults) : result;
  };
  return new Proxy(readModel, {
    get(target, name) {
      if (name === "commit") return commit;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function fail({ stop }: { readonly stop: () => void }): never {
  stop();
  throw new EventQLError("COMMIT_UNKNOWN", "killed");
}
