import fc from "fast-check";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { KeyStates } from "../../../src/command/processor/key-states.ts";
import type { FindDocuments, ReadPositions, TailEvent } from "../../../src/command/processor/stored-states.ts";
import { type DocumentFold, type FoldDocument, documentFold, newestWriter } from "../../../src/fold/document-fold.ts";
import { type Sample, eventTypeOf, openSample } from "./sample.ts";

let sample: Sample;
let fold: DocumentFold;

beforeAll(async () => {
  sample = await openSample();
  fold = documentFold(sample.counter);
});

function setTo(offset: number, value: number | null, key = "a"): TailEvent {
  const at = { key, partition: 0, offset };
  const eventType = eventTypeOf(sample.counter);
  const payload = value === null ? {} : { value: BigInt(value) };
  const bytes = value === null ? null : sample.codec.encode(eventType, payload);
  const writer = value === null ? undefined : newestWriter(eventType);
  return { ...at, record: { ...at, timestamp: 0, writer, payload, value: bytes } };
}

function behind(...events: readonly TailEvent[]): FoldDocument | undefined {
  return events.reduce<FoldDocument | undefined>(
    (document, { record }) => (record === undefined ? document : fold.apply(document, record)),
    undefined,
  );
}

const finding = (...documents: readonly (FoldDocument | undefined)[]) =>
  vi.fn<FindDocuments>(
    async (keys) =>
      await Promise.resolve(
        documents.flatMap((found) => (found !== undefined && keys.includes(found._id) ? [found] : [])),
      ),
  );

const unmoved: ReadPositions = async () => await Promise.resolve(new Map());

function statesAt(next: number, options: { readonly maxKeys?: number; readonly empty?: boolean } = {}): KeyStates {
  return new KeyStates({ checkpoints: new Map([[0, next]]), maxKeys: 100, empty: false, ...options });
}

const valueOf = async (states: KeyStates, find: FindDocuments, key = "a"): Promise<unknown> =>
  (await states.load(fold, [key], find, unmoved)).get(key)?.document?.["value"];

const valueIn = (of: unknown): bigint =>
  typeof of === "object" && of !== null && "value" in of && typeof of.value === "bigint" ? of.value : 0n;

const deletedAtZero = (value: bigint): { readonly value: bigint } | undefined => (value === 0n ? undefined : { value });

describe("the states of keys", () => {
  test("are the document and what it doesn't have of the tail", async () => {
    const states = statesAt(2);
    for (const event of [setTo(2, 5), setTo(3, 6), setTo(4, 7)]) states.seen(fold, event);
    // The projection has gone on since its checkpoint was read.
    expect(await valueOf(states, finding(behind(setTo(3, 6))))).toBe(7n);
    expect(states.pinned).toBe(1);
  });

  test("are read once, and held", async () => {
    const states = statesAt(9);
    const find = finding(behind(setTo(3, 6)));
    for (let time = 0; time < 2; time += 1) expect(await valueOf(states, find)).toBe(6n);
    expect(await valueOf(states, find, "nobody")).toBeUndefined();
    expect(find).toHaveBeenCalledTimes(2);
  });

  test("need not be read where there is no document at all", async () => {
    const states = statesAt(0, { empty: true });
    const find = finding();
    states.seen(fold, setTo(0, 5));
    expect(await valueOf(states, find)).toBe(5n);
    expect(await valueOf(states, find, "b")).toBeUndefined();
    expect(find).not.toHaveBeenCalled();
  });

  test("are read again once the projection has passed events of a key that nobody asked for", async () => {
    const states = statesAt(0, { empty: true });
    states.seen(fold, setTo(0, 5));
    states.passed(0, 1);
    expect(await valueOf(states, finding(behind(setTo(0, 5))))).toBe(5n);
  });

  test("stay until the projection has passed them, and count until then", async () => {
    const states = statesAt(0, { maxKeys: 2 });
    const find = finding();
    for (const [offset, key] of ["a", "b"].entries()) {
      await states.load(fold, [key], find, unmoved);
      states.appended(key, behind(setTo(offset, 1, key)), { partition: 0, offset });
    }
    expect(states.hasRoom()).toBe(false);
    for (const key of ["c", "d", "e", "f", "g"]) await states.load(fold, [key], find, unmoved);
    expect([await valueOf(states, find, "a"), await valueOf(states, find, "b")]).toEqual([1n, 1n]);
    states.passed(0, 1);
    expect([states.hasRoom(), states.pinned]).toEqual([true, 1]);
    expect(await valueOf(states, find, "b")).toBe(1n);
  });

  test("are folded anew behind an invalidation, and then only with what came after it", async () => {
    const states = statesAt(0);
    states.seen(fold, setTo(0, 5));
    states.block("a", { partition: 0, offset: 1 });
    states.seen(fold, setTo(2, 6));
    expect(states.isBlocked("a")).toBe(true);
    states.passed(0, 1);
    expect(states.isBlocked("a")).toBe(true);
    states.passed(0, 2);
    expect(states.isBlocked("a")).toBe(false);
    expect(await valueOf(states, finding())).toBe(6n);
    states.block("b", { partition: 0, offset: 1 });
    expect(states.isBlocked("b")).toBe(false);
  });

  test("take nothing of the tail twice where a rule deletes by the state, whenever the projection moves", async () => {
    const sum = (state: unknown, payload: unknown): bigint => valueIn(state) + valueIn(payload);
    const evolve = { Counted: (state: unknown, payload: unknown) => deletedAtZero(sum(state, payload)) };
    const { counter } = await openSample("", { initial: { value: 0n }, evolve });
    const sums = documentFold(counter);
    const [made, emptied] = [setTo(1, 5), setTo(2, -5)];
    const before = made.record && sums.apply(undefined, made.record);
    if (emptied.record === undefined || before === undefined) throw new TypeError("no record");
    for (const stored of [2, 3]) {
      const states = statesAt(2);
      states.seen(sums, emptied);
      const document = stored === 2 ? before : sums.apply(before, emptied.record);
      const positions: ReadPositions = async () => await Promise.resolve(new Map([[0, stored]]));
      expect((await states.load(sums, ["a"], finding(document), positions)).get("a")?.document).toBeUndefined();
    }
  });

  test("are told to be broken where an event can't be read, or folded", async () => {
    const states = statesAt(0);
    states.seen(fold, { ...setTo(0, 5), record: undefined });
    expect((await states.load(fold, ["a"], finding(), unmoved)).get("a")?.broken).toBe(true);
    states.appended("b", behind(setTo(1, 1, "b")), { partition: 0, offset: 1 });
    states.seen(fold, { ...setTo(2, 5, "b"), record: undefined });
    expect((await states.load(fold, ["b"], finding(), unmoved)).get("b")?.broken).toBe(true);
  });

  test("take over what somebody else wrote", async () => {
    const states = statesAt(0);
    states.appended("a", behind(setTo(0, 1)), { partition: 0, offset: 0 });
    states.seen(fold, setTo(1, 2));
    expect(await valueOf(states, finding())).toBe(2n);
    states.passed(0, 2);
    states.seen(fold, setTo(1, 9));
    expect(await valueOf(states, finding(behind(setTo(1, 2))))).toBe(2n);
  });

  test("are read anew once a dead letter of the key is settled", async () => {
    const states = statesAt(3);
    const settledA = new Map([["a", { partition: 0 }]]);
    const find = finding(behind(setTo(0, 1)));
    expect(await valueOf(states, find)).toBe(1n);
    states.settled(settledA);
    expect(await valueOf(states, finding(behind(setTo(2, 7))))).toBe(7n);
    // What was made of what is another one now has to be there, too, before anything is decided on it.
    states.appended("a", behind(setTo(3, 8)), { partition: 0, offset: 3 });
    states.settled(settledA);
    expect(states.isBlocked("a")).toBe(true);
    states.passed(0, 4);
    expect([states.isBlocked("a"), await valueOf(states, finding(behind(setTo(3, 9))))]).toEqual([false, 9n]);
  });

  test("are read anew where it isn't known which keys dead letters were settled of", async () => {
    const states = statesAt(3);
    states.appended("b", behind(setTo(3, 1, "b")), { partition: 0, offset: 3 });
    const find: FindDocuments = async (keys) => {
      // It is settled while the answer is on its way, which is the old one the first time.
      const isFirst = reads === 0;
      reads += 1;
      if (isFirst) states.outdated();
      const found = [behind(setTo(0, isFirst ? 1 : 7))];
      return await Promise.resolve(found.flatMap((each) => (each && keys.includes(each._id) ? [each] : [])));
    };
    let reads = 0;
    expect([await valueOf(states, find), reads]).toEqual([7n, 2]);
    states.outdated();
    expect(await valueOf(states, finding(behind(setTo(2, 8))))).toBe(8n);
    expect(await valueOf(states, finding(), "b")).toBe(1n);
    states.passed(0, 4);
    expect(await valueOf(states, finding(behind(setTo(3, 5, "b"))), "b")).toBe(5n);
  });

  test("are right whenever the projection moves", async () => {
    const step = fc.record({
      what: fc.constantFrom("load", "append", "project", "tell"),
      key: fc.constantFrom("a", "b", "c"),
    });
    const start = fc.record({
      events: fc.array(fc.constantFrom("a", "b", "c")),
      projected: fc.nat(5),
      empty: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(start, fc.array(step, { maxLength: 60 }), async ({ events, projected, empty }, steps) => {
        const log = events.map((key, offset) => setTo(offset, offset % 3 === 2 ? null : offset, key));
        let stored = empty ? 0 : Math.min(projected, log.length);
        const states = statesAt(stored, { maxKeys: 1, empty: stored === 0 });
        for (const event of log.slice(stored)) states.seen(fold, event);
        const ofKey = (key: string, end: number): FoldDocument | undefined =>
          behind(...log.slice(0, end).filter((event) => event.key === key));
        const find: FindDocuments = async (keys) => {
          const found = keys.flatMap((key) => ofKey(key, stored) ?? []);
          // It moves while the answer is on its way.
          stored = log.length;
          states.passed(0, stored);
          return await Promise.resolve(found);
        };
        const compared: (readonly [found: FoldDocument | undefined, wanted: FoldDocument | undefined])[] = [];
        for (const { what, key } of steps) {
          if (what === "project") stored = log.length;
          else if (what === "tell") states.passed(0, stored);
          else {
            const positions: ReadPositions = async () => await Promise.resolve(new Map([[0, stored]]));
            const state = (await states.load(fold, [key], find, positions)).get(key);
            compared.push([state?.document, ofKey(key, log.length)]);
            if (what === "load") continue;
            const offset = log.length;
            const event = setTo(offset, offset % 4 === 3 ? null : offset, key);
            log.push(event);
            const document = event.record && fold.apply(state?.document, event.record);
            states.appended(key, document, { partition: 0, offset });
          }
        }
        expect(compared.map(([found]) => found)).toEqual(compared.map(([, wanted]) => wanted));
      }),
    );
  });
});
