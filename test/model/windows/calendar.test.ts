import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type WindowLength, windowsOf } from "../../../src/model/windows/calendar.ts";

const HOUR = 3_600_000;
const LENGTHS: readonly WindowLength[] = ["hour", "day", "week", "month"];

/** Zones whose clocks were moved in all kinds of ways: by half an hour, past midnight, over a day, by seconds. */
const ZONES: readonly string[] = [
  "UTC",
  "+05:30",
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  "America/Sao_Paulo",
  "America/Havana",
  "America/Asuncion",
  "Asia/Kathmandu",
  "Asia/Kolkata",
  "Asia/Beirut",
  "Africa/Cairo",
  "Africa/Casablanca",
  "Australia/Lord_Howe",
  "Australia/Adelaide",
  "Pacific/Apia",
  "Pacific/Kwajalein",
  "Pacific/Chatham",
  "Antarctica/Troll",
];

function window(by: WindowLength, zone: string, time: string): string {
  const { start, end, name } = windowsOf(by, zone)(Date.parse(time));
  return `${name}: ${new Date(start).toISOString()}, ${(end - start) / HOUR} h`;
}

describe("windows", () => {
  it.each<[WindowLength, string, string, string]>([
    ["hour", "UTC", "2026-05-07T11:59:59.999Z", "2026-05-07T11:00+00:00: 2026-05-07T11:00:00.000Z, 1 h"],
    ["hour", "Asia/Kathmandu", "2026-05-07T11:10:00Z", "2026-05-07T16:00+05:45: 2026-05-07T10:15:00.000Z, 1 h"],
    ["hour", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T02:00+02:00: 2026-10-25T00:00:00.000Z, 1 h"],
    ["hour", "Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25T02:00+01:00: 2026-10-25T01:00:00.000Z, 1 h"],
    ["hour", "Australia/Lord_Howe", "2026-04-04T14:59:00Z", "2026-04-05T01:00+11:00: 2026-04-04T14:00:00.000Z, 1 h"],
    ["hour", "Australia/Lord_Howe", "2026-04-04T15:00:00Z", "2026-04-05T01:30+10:30: 2026-04-04T15:00:00.000Z, 0.5 h"],
    ["hour", "Australia/Lord_Howe", "2026-10-03T15:45:00Z", "2026-10-04T02:30+11:00: 2026-10-03T15:30:00.000Z, 0.5 h"],
    ["day", "Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29: 2026-03-28T23:00:00.000Z, 23 h"],
    ["day", "Europe/Berlin", "2026-10-25T22:59:59Z", "2026-10-25: 2026-10-24T22:00:00.000Z, 25 h"],
    ["day", "America/Sao_Paulo", "2018-11-04T12:00:00Z", "2018-11-04: 2018-11-04T03:00:00.000Z, 23 h"],
    ["day", "America/Havana", "2026-11-01T12:00:00Z", "2026-11-01: 2026-11-01T04:00:00.000Z, 25 h"],
    // Clocks were moved back from 0:01 to 23:01: the day before ended with the first midnight.
    ["day", "America/St_Johns", "2010-11-07T02:45:00Z", "2010-11-07: 2010-11-07T02:30:00.000Z, 25 h"],
    // There was no 30 December.
    ["day", "Pacific/Apia", "2011-12-30T09:00:00Z", "2011-12-29: 2011-12-29T10:00:00.000Z, 24 h"],
    ["day", "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31: 2011-12-30T10:00:00.000Z, 24 h"],
    ["week", "UTC", "2026-01-04T23:59:59Z", "2025-12-29: 2025-12-29T00:00:00.000Z, 168 h"],
    ["week", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-23: 2026-03-22T23:00:00.000Z, 167 h"],
    ["month", "Europe/Berlin", "2026-10-31T22:59:59Z", "2026-10-01: 2026-09-30T22:00:00.000Z, 745 h"],
    ["month", "UTC", "2024-02-29T12:00:00Z", "2024-02-01: 2024-02-01T00:00:00.000Z, 696 h"],
    ["day", "UTC", "1969-12-31T23:59:59.999Z", "1969-12-31: 1969-12-31T00:00:00.000Z, 24 h"],
  ])("of one %s in %s: of %s it is %s", (by, zone, time, expected) => {
    expect(window(by, zone, time)).toBe(expected);
  });

  it("are none of a time zone that there isn't", () => {
    expect(() => windowsOf("day", "Mars/Olympus")).toThrow(RangeError);
  });

  it("tile time, whatever was asked before: every moment lies in exactly one, which all its moments share", () => {
    const time = fc.date({ min: new Date("1880-01-01"), max: new Date("2060-01-01"), noInvalidDate: true });
    fc.assert(
      fc.property(fc.constantFrom(...LENGTHS), fc.constantFrom(...ZONES), time, (by, zone, date) => {
        const at = windowsOf(by, zone);
        const { start, end, name } = at(date.getTime());
        expect(start).toBeLessThanOrEqual(date.getTime());
        expect(end).toBeGreaterThan(date.getTime());
        const fresh = windowsOf(by, zone);
        for (const inside of [start, start + Math.floor((end - start) / 3), end - 1])
          expect(windowsOf(by, zone)(inside)).toStrictEqual({ start, end, name });
        expect(fresh(end)).toMatchObject({ start: end });
        expect(fresh(start - 1)).toMatchObject({ end: start });
        expect(new Set([name, fresh(end).name, fresh(start - 1).name]).size).toBe(3);
      }),
      { numRuns: 500 },
    );
  });

  it("tile the times at which clocks are moved", () => {
    const moves: readonly [string, string][] = [
      ["America/St_Johns", "2010-11-07T02:31:00Z"],
      ["Pacific/Apia", "2011-12-30T10:00:00Z"],
      ["Pacific/Kwajalein", "1993-08-21T12:00:00Z"],
      ["Australia/Lord_Howe", "2026-04-04T15:00:00Z"],
      ["America/Asuncion", "2024-03-24T03:00:00Z"],
      ["Asia/Beirut", "2022-03-26T22:00:00Z"],
      ["Europe/Amsterdam", "1937-06-30T22:40:28Z"],
    ];
    for (const [zone, move] of moves) {
      for (const by of LENGTHS) {
        const at = windowsOf(by, zone);
        let [{ start, end }, steps] = [at(Date.parse(move) - 26 * HOUR), 0];
        for (; end <= Date.parse(move) + 26 * HOUR; steps++) {
          const next = at(end);
          expect(next.start, `${by} in ${zone}, ${new Date(end).toISOString()}`).toBe(end);
          expect(next.end).toBeGreaterThan(end);
          for (let time = next.start; time < next.end; time += by === "hour" ? 60_000 : 20 * 60_000)
            expect(windowsOf(by, zone)(time).start).toBe(next.start);
          ({ start, end } = next);
        }
        expect(start).toBeLessThanOrEqual(Date.parse(move) + 26 * HOUR);
        expect(steps).toBeGreaterThanOrEqual(by === "hour" ? 40 : 0);
      }
    }
  });
});
