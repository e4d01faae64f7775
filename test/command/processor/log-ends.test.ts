import { describe, expect, test } from "vitest";
import { LogEnds, type MarkerGuess } from "../../../src/command/processor/log-ends.ts";
import type { PlacedRecord } from "../../../src/event-log/event-log.ts";

const of = { topic: "t", partition: 1 };
const record: PlacedRecord = { ...of, key: "a", value: null, headers: {} };
const range = (high: number) => ({ low: 0, high });

describe("the ends of a log", () => {
  test("follow what was committed", () => {
    const ends = new LogEnds({ offsets: 0 });
    ends.read("t", [range(5), range(9)]);
    ends.committed([record, record]);
    expect([ends.next({ topic: "t", partition: 0 }), ends.next(of)]).toEqual([5, 11]);
  });

  test("learn of markers, once for all who share the guess", () => {
    const guess: MarkerGuess = { offsets: 0 };
    const [one, two] = [new LogEnds(guess), new LogEnds(guess)];
    for (const ends of [one, two]) {
      ends.read("t", [range(0), range(0)]);
      ends.committed([record]);
    }
    one.missed();
    two.missed();
    expect(guess.offsets).toBe(1);
    one.read("t", [range(0), range(2)]);
    one.committed([record]);
    expect(one.next(of)).toBe(4);
  });

  test("doubt the guess only where it was used", () => {
    const guess: MarkerGuess = { offsets: 1 };
    const ends = new LogEnds(guess);
    ends.read("t", [range(0), range(3)]);
    ends.missed();
    expect(guess.offsets).toBe(1);
  });
});
