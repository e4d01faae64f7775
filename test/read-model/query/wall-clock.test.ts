import { describe, expect, it } from "vitest";
import { wallClock } from "../../../src/read-model/query/wall-clock.ts";

const at = (zone: string, moment: string): string => new Date(wallClock(zone).at(Date.parse(moment))).toISOString();
const momentOf = (zone: string, shown: string): string =>
  new Date(wallClock(zone).momentOf(Date.parse(shown))).toISOString();

describe("a clock on the wall", () => {
  it.each([
    ["UTC", "2021-03-28T00:30:00.123Z", "2021-03-28T00:30:00.123Z"],
    ["Europe/Berlin", "2021-03-28T00:59:59.999Z", "2021-03-28T01:59:59.999Z"],
    ["Europe/Berlin", "2021-03-28T01:00:00.000Z", "2021-03-28T03:00:00.000Z"],
    ["Asia/Kathmandu", "1969-12-31T23:59:59.500Z", "1970-01-01T05:29:59.500Z"],
    // At one minute past midnight, not on the hour.
    ["America/St_Johns", "2010-11-07T02:30:30.000Z", "2010-11-07T00:00:30.000Z"],
    // Before there were zones, by the sun.
    ["Europe/Berlin", "1880-01-01T00:00:00.000Z", "1880-01-01T00:53:28.000Z"],
    ["Europe/Berlin", "-000010-06-15T12:00:00.000Z", "-000010-06-15T12:53:28.000Z"],
    ["+05:30", "2021-01-01T00:00:00.000Z", "2021-01-01T05:30:00.000Z"],
  ])("shows in %s at %s: %s", (zone, moment, shown) => {
    expect(at(zone, moment)).toBe(shown);
    expect(momentOf(zone, shown)).toBe(moment);
  });

  it("shows a time twice where it is set back: the first moment counts", () => {
    expect(momentOf("Europe/Berlin", "2021-10-31T02:30:00Z")).toBe("2021-10-31T00:30:00.000Z");
    expect(at("Europe/Berlin", "2021-10-31T01:30:00Z")).toBe("2021-10-31T02:30:00.000Z");
    expect(at("America/St_Johns", "2010-11-07T02:31:00Z")).toBe("2010-11-06T23:01:00.000Z");
  });

  it("leaps over a time where it is set forward: the leap counts", () => {
    expect(momentOf("America/Sao_Paulo", "2018-11-04T00:00:00Z")).toBe("2018-11-04T03:00:00.000Z");
    expect(at("America/Sao_Paulo", "2018-11-04T03:00:00Z")).toBe("2018-11-04T01:00:00.000Z");
  });

  it("shows nothing where there is no moment", () => {
    expect(wallClock("Europe/Berlin").at(Number.NaN)).toBeNaN();
    expect(wallClock("Europe/Berlin").at(8.64e15)).toBeNaN();
  });

  it("is of no zone that isn't there", () => {
    expect(() => wallClock("Europe/Nowhere")).toThrow("Europe/Nowhere");
  });
});
