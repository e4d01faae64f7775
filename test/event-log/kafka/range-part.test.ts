import { describe, expect, test } from "vitest";
import { RangePart } from "../../../src/event-log/kafka/range-part.ts";
import type { LogRecord } from "../../../src/model/event.ts";

const record = (offset: number, bytes = 1): LogRecord => ({
  topic: "t",
  partition: 0,
  offset,
  timestamp: 0,
  key: null,
  value: Buffer.alloc(bytes),
  headers: {},
});
const fetched = (next: number, ...records: LogRecord[]) => ({ records, next, end: 100 });
const offsets = (part: RangePart): number[] => part.result().records.map(({ offset }) => offset);

describe("a part of a range", () => {
  test("grows until the range's end, which may be behind the last record", () => {
    const part = new RangePart(3, 10, 100);
    part.add(fetched(6, record(3), record(5)));
    expect([part.next, part.wanted]).toEqual([6, true]);
    part.add(fetched(12, record(8), record(11)));
    expect(part.wanted).toBe(false);
    expect(part.result()).toMatchObject({ next: 10, complete: true });
    expect(offsets(part)).toEqual([3, 5, 8]);
  });

  test("ends at the number of records that are wanted", () => {
    const part = new RangePart(0, 10, 2);
    part.add(fetched(9, record(1), record(2), record(7)));
    expect(part.result()).toMatchObject({ next: 7, complete: false });
    expect(offsets(part)).toEqual([1, 2]);
    expect(part.wanted).toBe(false);
  });

  test("ends where it has become large", () => {
    const part = new RangePart(0, 10, 100);
    part.add(fetched(1, record(0, 17 * 1024 * 1024)));
    expect(part.wanted).toBe(false);
    expect(part.result()).toMatchObject({ next: 1, complete: false });
  });

  test("is not changed any more by what comes after its result was taken", () => {
    const part = new RangePart(0, 10, 100);
    const result = part.result();
    part.add(fetched(1, record(0)));
    expect(result.records).toEqual([]);
  });
});
