import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findIds } from "../../src/migration/find-ids.ts";
import { type Landing, type Place, locate, nameOf } from "../../src/migration/locate.ts";
import { newestAfter } from "../../src/model/newest-record.ts";
import { type Sketched, searchOf } from "./memory.ts";

const OF = { topic: "t", partition: 0 };

async function landing(place: Omit<Place, "topic" | "partition">, mirror: readonly Sketched[]): Promise<Landing> {
  const search = searchOf(mirror);
  const range = { low: mirror[0]?.offset ?? 0, high: (mirror.at(-1)?.offset ?? -1) + 1 };
  const found = await findIds(search, OF, range, place.newest === undefined ? [] : [place.newest]);
  return await locate(search, { ...OF, ...place }, range, found);
}

describe("a place in a mirror", () => {
  it.each<[string, Omit<Place, "topic" | "partition">, readonly Sketched[], Landing]>([
    ["behind its newest record", { next: 9, newest: "b" }, sketch("a", "b", "c"), { status: "found", next: 2 }],
    ["behind the last copy of it", { next: 2, newest: "b" }, sketch("a", "b", "b", "c"), { status: "found", next: 3 }],
    ["at the beginning where nothing was applied", { next: 0 }, sketch("a"), { status: "found", next: 0 }],
    [
      "behind those without an id that follow",
      { next: 4, newest: "a", unnamed: 2 },
      sketch("a", "", "", ""),
      { status: "found", next: 3 },
    ],
    ["not known where the mirror is behind", { next: 4, newest: "d" }, sketch("a"), { status: "absent", id: "d" }],
    [
      "not known where records that follow are missing",
      { next: 4, newest: "a", unnamed: 2 },
      sketch("a", ""),
      { status: "cut", id: "a" },
    ],
    [
      "not known where others follow",
      { next: 4, newest: "a", unnamed: 2 },
      sketch("a", "", "b"),
      { status: "cut", id: "a" },
    ],
    ["not known where no record has an id", { next: 4, unnamed: 4 }, sketch("", ""), { status: "nameless" }],
  ])("is %s", async (_title, place, mirror, expected) => {
    expect(await landing(place, mirror)).toStrictEqual(expected);
  });

  it("is where going on applies each record once, whatever the offsets, batches and repetitions", async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async ({ records, cuts, gaps, repeated }) => {
        const applied = cuts.reduce((sum, count) => sum + count, 0);
        const done = records.slice(0, applied);
        let name = {};
        for (let from = 0, batch = 0; from < done.length; from += cuts[batch] ?? 1, batch += 1)
          name = newestAfter(name, done.slice(from, from + (cuts[batch] ?? 1)).map(headed), "ce_id");
        // A mirror that was interrupted delivers the last ones again, and offsets have gaps.
        const written = records.slice(0, Math.max(applied, 1));
        const again = written.slice(written.length - Math.min(repeated, written.length));
        let offset = 0;
        const mirror = [...written, ...again, ...records.slice(written.length)].map((id, index) => {
          offset += gaps[index % gaps.length] ?? 1;
          return { offset, id };
        });
        const result = await landing({ next: applied * 3, ...name }, mirror);
        const isNamed = done.some((each) => each !== undefined);
        // Of records without ids nobody can tell whether they are repetitions.
        fc.pre(applied === 0 || !isNamed || repeated === 0 || again.every((each) => each !== undefined));
        const isKnown = applied === 0 || isNamed;
        expect(result.status).toBe(isKnown ? "found" : "nameless");
        const next = result.status === "found" ? result.next : 0;
        const rest = mirror.filter((record) => record.offset >= next).map((record) => record.id);
        expect(rest).toStrictEqual(isKnown && applied > 0 ? records.slice(applied) : mirror.map((record) => record.id));
      }),
      { numRuns: 300 },
    );
  });

  it("is told by the log that it is of, as batches would have told it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(id, { maxLength: 40 }), fc.nat(40), async (ids, count) => {
        const records = ids.map((each, index) => ({
          offset: index * 2,
          id: each === undefined ? each : `${each}${index}`,
        }));
        const next = Math.min(count, records.length) * 2;
        const told = await nameOf(searchOf(records), { ...OF, next }, 0);
        const before = records.filter(({ offset }) => offset < next).map((record) => headed(record.id));
        const { newest, unnamed = 0 } = newestAfter({}, before, "ce_id");
        expect({ newest: told.newest, unnamed: told.unnamed ?? 0 }).toStrictEqual({ newest, unnamed });
      }),
    );
  });
});

const id = fc.oneof({ arbitrary: fc.constant("r"), weight: 4 }, { arbitrary: fc.constant(undefined), weight: 1 });

const worlds = fc
  .record({
    ids: fc.array(id, { minLength: 1, maxLength: 40 }),
    cuts: fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 6 }),
    gaps: fc.array(fc.constantFrom(1, 2, 4, 12_345), { minLength: 1, maxLength: 5 }),
    repeated: fc.nat(5),
  })
  .map(({ ids, cuts, ...rest }) => {
    const records = ids.map((each, index) => (each === undefined ? undefined : `${each}${index}`));
    let left = records.length;
    const fitting = cuts.flatMap((count) => {
      const own = Math.min(count, left);
      left -= own;
      return own === 0 ? [] : [own];
    });
    return { records, cuts: fitting, ...rest };
  });

function headed(of: string | undefined): { headers: Record<string, string> } {
  return { headers: of === undefined ? {} : { ce_id: of } };
}

function sketch(...ids: readonly string[]): readonly Sketched[] {
  return ids.map((each, offset) => ({ offset, id: each === "" ? undefined : each }));
}
