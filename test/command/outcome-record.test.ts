import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeOutcome, encodeOutcome } from "../../src/command/outcome-record.ts";
import { outcomeOf as read, storedOutcome } from "../../src/command/stored-outcome.ts";
import type { DecidedPosition, Outcome } from "../../src/model/command.ts";

const text = fc.string({ unit: "grapheme" });
const decidedEvent: fc.Arbitrary<DecidedPosition> = fc
  .record({ id: text, type: text, partition: fc.nat(), offset: fc.maxSafeNat() })
  .chain((event) => fc.constantFrom<DecidedPosition>(event, { ...event, dropped: true }));
const rejection: fc.Arbitrary<Outcome["rejection"]> = fc.record({ code: text, message: text }).chain((one) =>
  fc.oneof(
    fc.constant(one),
    fc.option(fc.maxSafeNat()).map((currentVersion) => ({ ...one, currentVersion })),
  ),
);

/** How any command may have ended. */
const anyOutcome: fc.Arbitrary<Outcome> = fc.record({
  commandId: text,
  kind: fc.constantFrom("command", "event", "tombstone", "transaction", "invalidation"),
  type: text,
  topic: text,
  id: fc.option(text, { nil: undefined }),
  command: fc.record({ topic: text, partition: fc.nat(), offset: fc.maxSafeNat() }),
  status: fc.constantFrom("DECIDED", "REJECTED"),
  rejection: fc.option(rejection, { nil: undefined }).map((one) => one ?? undefined),
  events: fc.array(decidedEvent, { maxLength: 3 }),
  version: fc.option(fc.maxSafeNat(), { nil: undefined }),
  transaction: fc.option(fc.maxSafeNat(), { nil: undefined }),
  decidedAt: fc.nat({ max: 4_000_000_000_000 }),
});

test("an outcome comes back from the log as it was", () => {
  fc.assert(
    fc.property(anyOutcome, (outcome) => {
      expect(decodeOutcome({ value: encodeOutcome(outcome) })).toEqual(outcome);
    }),
  );
});

test("an outcome comes back from its stored form as it was", () => {
  fc.assert(
    fc.property(anyOutcome, (outcome) => {
      expect(read(storedOutcome(outcome))).toEqual(outcome);
    }),
  );
});

test("whatever else there is is no outcome", () => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.json().map((json) => Buffer.from(json)),
  );
  fc.assert(
    fc.property(bytes, (value) => {
      expect(decodeOutcome({ value })).toBeUndefined();
    }),
  );
  expect(decodeOutcome({ value: null })).toBeUndefined();
  expect(read({ _id: "a" })).toBeUndefined();
  expect(read({ _id: "a", decidedAt: new Date() })).toBeUndefined();
});
