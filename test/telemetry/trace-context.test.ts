import { expect, test } from "vitest";
import { formatTraceparent, parseTraceparent } from "../../src/telemetry/trace-context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

test("reads and writes a traceparent", () => {
  const text = `00-${TRACE}-${SPAN}-01`;
  const ids = parseTraceparent(text);
  expect(ids).toEqual({ traceId: TRACE, spanId: SPAN, flags: 1 });
  expect(formatTraceparent({ traceId: TRACE, spanId: SPAN, flags: 1 })).toBe(text);
});

test("writes what it read of a later version as version 00, with the flag it knows", () => {
  const ids = parseTraceparent(`cc-${TRACE}-${SPAN}-ff-what-the-future-has`);
  expect(ids?.flags).toBe(255);
  expect(formatTraceparent({ traceId: TRACE, spanId: SPAN, flags: 255 })).toBe(`00-${TRACE}-${SPAN}-01`);
});

test.each([
  undefined,
  "",
  "nonsense",
  `00-${TRACE}-${SPAN}`,
  `00-${TRACE}-${SPAN}-01-more`,
  `ff-${TRACE}-${SPAN}-01`,
  `00-${"0".repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${"0".repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01\nx: y`,
])("takes %j for none", (text) => {
  expect(parseTraceparent(text)).toBeUndefined();
});
