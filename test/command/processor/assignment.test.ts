import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { shareOut } from "../../../src/command/processor/assignment.ts";

const partitions = Array.from({ length: 24 }, (_, partition) => ({ topic: `t${partition % 3}`, partition }));
const members = fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 8 });

describe("sharing partitions out", () => {
  test("gives each partition to one member, and nobody more than a fair share", () => {
    fc.assert(
      fc.property(members, (all) => {
        const shared = shareOut(partitions, all);
        expect(shared.size).toBe(partitions.length);
        for (const member of all) {
          const own = [...shared.values()].filter((owner) => owner === member).length;
          expect(own).toBeLessThanOrEqual(Math.ceil(partitions.length / all.length));
        }
      }),
    );
  });

  test("comes to the same in whatever order members and partitions are told", () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(["a", "b", "c", "d"], { minLength: 4 }),
        fc.shuffledSubarray(partitions),
        (all, of) => {
          expect(shareOut(of, all)).toEqual(shareOut(of.toReversed(), all.toSorted()));
        },
      ),
    );
  });

  test("moves few partitions when one comes", () => {
    fc.assert(
      fc.property(members, fc.uuid(), (all, another) => {
        const before = shareOut(partitions, all);
        const after = shareOut(partitions, [...all, another]);
        const moved = [...before].filter(([id, owner]) => after.get(id) !== owner && after.get(id) !== another);
        expect(moved.length).toBeLessThanOrEqual(partitions.length / 2);
      }),
    );
  });

  test("gives nothing where nobody is there", () => {
    expect(shareOut(partitions, []).size).toBe(0);
  });
});
