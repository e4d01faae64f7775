import { Timestamp } from "mongodb";
import { expect, it } from "vitest";
import {
  eventPosition,
  positionTime,
  reachedPosition,
  timeAfter,
  timePosition,
  tokenTime,
} from "../../../src/read-model/mongodb/change-position.ts";

const TIME = new Timestamp({ t: 0x6b014681, i: 8 });
const EVENT = { _data: "826B014681000000082B022C01002B026E5A1004CC8C" };
const LATER_EVENT = { _data: "826B014681000000082B022C01002B046E5A1004CC8C" };
const MARK = { _data: "826B014681000000082B0229296E04" };

it("orders what was before a time, the events at it, and all of it", () => {
  const ordered = [
    reachedPosition(MARK),
    eventPosition(EVENT),
    eventPosition(LATER_EVENT),
    timePosition(TIME),
    eventPosition({ _data: "826B014681000000092B02" }),
    eventPosition({ _data: "826B014682000000012B02" }),
    timePosition(new Timestamp({ t: 0xf0000000, i: 1 })),
  ];
  expect(ordered.toSorted()).toStrictEqual(ordered);
});

it("takes a mark for no more than what was before its time", () => {
  expect(reachedPosition(MARK)).toBe("6B01468100000007/~");
  expect(reachedPosition({ _data: "826B014681000000002B0229296E04" })).toBe("6B014680FFFFFFFF/~");
  expect(tokenTime(MARK)).toStrictEqual(TIME);
});

it("knows when a stream must begin to tell what is after", () => {
  expect(timeAfter(eventPosition(EVENT))).toStrictEqual(TIME);
  expect(timeAfter(timePosition(TIME))).toStrictEqual(new Timestamp({ t: 0x6b014681, i: 9 }));
  expect(positionTime(timePosition(TIME))).toStrictEqual(TIME);
});

it.each(["", "~", "6B01468100000007", "6B01468100000007/", "6b01468100000007/~", "6B01468100000007/~~"])(
  "refuses '%s'",
  (position) => {
    expect(() => positionTime(position)).toThrow(expect.objectContaining({ code: "CURSOR_INVALID" }));
  },
);

it.each([undefined, null, {}, { _data: 1 }, { _data: "" }, { _data: "8100" }])(
  "says so where the server gives a token of another form: %j",
  (token) => {
    expect(() => eventPosition(token)).toThrow(expect.objectContaining({ code: "INTERNAL" }));
  },
);
