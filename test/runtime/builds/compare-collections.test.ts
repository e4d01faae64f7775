import fc from "fast-check";
import { afterAll, describe, expect, it, test } from "vitest";
import type { Comparison } from "../../../src/model/builds.ts";
import { Decimal } from "../../../src/model/decimal.ts";
import type { Value } from "../../../src/model/value.ts";
import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import type { StoredDocument } from "../../../src/read-model/read-model.ts";
import { type CompareOptions, compareCollections } from "../../../src/runtime/builds/compare-collections.ts";
import { differingColumns } from "../../../src/runtime/builds/differences.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { collectionOf } from "../../contract/read-model-support.ts";

const model = openEmbeddedReadModel({ file: ":memory:", logger: silentLogger });
afterAll(() => model.close());

const shown = new Map([
  ["name", "name"],
  ["class", "class_"],
]);

async function compare(
  [live, next]: readonly [string, string],
  options: Partial<CompareOptions> = {},
): Promise<Comparison> {
  return await compareCollections([{ collection: "users", live, next, shown }], {
    readModel: model,
    samples: 10,
    signal: new AbortController().signal,
    ...options,
  });
}

async function builds(
  live: readonly StoredDocument[],
  next: readonly StoredDocument[],
): Promise<readonly [string, string]> {
  return [await collectionOf(model, live), await collectionOf(model, next)];
}

describe("two documents", () => {
  it.each<[string, Value | undefined, Value | undefined]>([
    ["a number and the same as a bigint", 5, 5n],
    ["nothing and null", undefined, null],
    ["dates", new Date(5), new Date(5)],
    ["bytes", Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
    ["decimals", new Decimal("1.50"), new Decimal("1.50")],
    ["records whose fields stand otherwise", { a: 1, b: [{ c: null }] }, { b: [{}], a: 1 }],
  ])("are equal by %s", (_what, a, b) => {
    expect(differingColumns({ _id: "x", v: a }, { _id: "x", v: b })).toEqual([]);
  });

  it.each<[string, Value | undefined, Value | undefined]>([
    ["numbers", 5, 6],
    ["kinds", 5, "5"],
    ["what is there", undefined, 0],
    ["the order of a list", [1, 2], [2, 1]],
    ["the length of a list", [1], [1, null]],
    ["the inside of records", { a: { b: 1 } }, { a: { b: 2 } }],
  ])("differ by %s", (_what, a, b) => {
    expect(differingColumns({ _id: "x", v: a, w: 1 }, { _id: "x", v: b, w: 1 })).toEqual(["v"]);
  });

  it("are compared without what is EventQL's", () => {
    expect(differingColumns({ _id: "x", _meta: { version: 1 } }, { _id: "x", _meta: { version: 2 } })).toEqual([]);
  });
});

describe("a comparison", () => {
  it("counts, and shows some of what differs by the columns that are shown", async () => {
    const both = await builds(
      [
        { _id: "a", name: "Ada", secret: "1" },
        { _id: "b", name: "Bob", secret: "1", class: "x" },
        { _id: "c", name: "Cid" },
        { _id: "d", name: "Dan", secret: "1" },
      ],
      [
        { _id: "a", name: "Ada", secret: "1" },
        { _id: "b", name: "Rob", secret: "2", class: "y" },
        { _id: "d", name: "Dan", secret: "2" },
        { _id: "e", name: "Eve" },
      ],
    );
    const told: number[] = [];
    expect(await compare(both, { onProgress: (compared) => told.push(compared) })).toEqual({
      equal: 1,
      different: 2,
      onlyLive: 1,
      onlyNext: 1,
      samples: [
        { collection: "users", id: "b", columns: ["name", "class_"], only: undefined },
        { collection: "users", id: "c", columns: [], only: "live" },
        { collection: "users", id: "d", columns: [], only: undefined },
        { collection: "users", id: "e", columns: [], only: "next" },
      ],
    });
    expect(told).toEqual([5]);
    expect(await compare(both, { samples: 1 })).toMatchObject({ different: 2, samples: [{ id: "b" }] });
  });

  it("of what is written meanwhile shows no difference where there is none", async () => {
    const [live, next] = await builds([{ _id: "a", v: 1, _meta: { version: 1 } }], [{ _id: "a", v: 1 }]);
    let version = 1;
    // Each read of the live build is followed by a commit to both, so to speak.
    const moving = (of: string): StoredDocument => {
      const document = { _id: "a", v: Math.ceil(version / 2), _meta: { version } };
      if (of === live && version < 8) version++;
      return document;
    };
    const readModel: CompareOptions["readModel"] = {
      snapshot: async (collection) => ({ position: "", documents: one({ _id: "a", v: collection === live ? 1 : 0 }) }),
      find: async (collection) => [moving(collection)],
    };
    expect(await compare([live, next], { readModel })).toMatchObject({ equal: 1, different: 0, samples: [] });
    expect(version).toBe(8);
  });

  it("ends when nobody wants it any more", async () => {
    const both = await builds([{ _id: "a" }], []);
    const reason = new TypeError("enough");
    await expect(compare(both, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it("leaves nothing open that it has read of", async () => {
    const documents = Array.from({ length: 2_500 }, (_, i): StoredDocument => ({ _id: `k${i}`, v: i }));
    const both = await builds(documents, documents);
    const signals: AbortSignal[] = [];
    const readModel: CompareOptions["readModel"] = {
      find: (collection, options) => model.find(collection, options),
      snapshot: (collection, options) => {
        signals.push(options.signal);
        return model.snapshot(collection, options);
      },
    };
    const told: number[] = [];
    const onProgress = (compared: number): void => void told.push(compared);
    const result = await compare(both, { readModel, perSnapshot: 1_000, onProgress });
    expect(result).toMatchObject({ equal: 2_500, different: 0 });
    expect(told).toEqual([1_000, 2_000, 2_500]);
    expect(signals).toHaveLength(6);
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
  });
});

test("a comparison finds what a plain one finds, however it is read", async () => {
  const id = fc.constantFrom("a", "b", "c", "\u{1F600}", "\uFFFD");
  const build = fc.uniqueArray(fc.record({ _id: id, name: fc.nat({ max: 1 }) }), { selector: ({ _id }) => _id });
  await fc.assert(
    fc.asyncProperty(build, build, fc.integer({ min: 1, max: 3 }), async (live, next, perSnapshot) => {
      const { samples: _, ...counts } = await compare(await builds(live, next), { perSnapshot });
      const other = new Map(next.map(({ _id, name }) => [_id, name]));
      const common = live.filter(({ _id }) => other.has(_id));
      const equal = common.filter(({ _id, name }) => other.get(_id) === name).length;
      const onlyNext = next.length - common.length;
      const different = common.length - equal;
      expect(counts).toEqual({ equal, different, onlyLive: live.length - common.length, onlyNext });
    }),
    { seed: 1, numRuns: 100 },
  );
});

async function* one(document: StoredDocument): AsyncGenerator<StoredDocument> {
  yield document;
}
