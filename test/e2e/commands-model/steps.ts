import fc from "fast-check";
import type { Wait } from "./client.ts";
import type { Said, TopicName } from "./decide.ts";

/** What version is expected: `current` and `stale` are numbers that the model knows when the step is run. */
export type Expected = "any" | "current" | "stale" | "NO_STREAM" | "EXISTS";

/** A part of a step: what happens to one of few keys. */
export interface KeyStep {
  readonly key: number;
  readonly type: string;
  readonly said: Said;
  readonly expected: Expected;
}

/** What a step does, before it is known what there is. */
export type Step =
  | (KeyStep & {
      readonly does: "command" | "event" | "tombstone" | "try";
      readonly topic: TopicName;
      readonly wait: Wait;
    })
  | { readonly does: "transaction"; readonly parts: readonly KeyStep[]; readonly wait: Wait }
  /** One of the newest transactions, or the last behind all of them: of none. */
  | { readonly does: "invalidate"; readonly which: number; readonly wait: Wait }
  /** One of the last commands so far, as it was, or something else of the same id. */
  | { readonly does: "repeat"; readonly which: number; readonly same: boolean; readonly wait: Wait };

const key = fc.constantFrom(0, 0, 0, 1, 1, 2);
const wait = fc.constantFrom<Wait[]>("PROJECTED", "PROJECTED", "DECIDED", "APPENDED", "NONE");
const expected = fc.oneof(
  { weight: 7, arbitrary: fc.constant<Expected>("any") },
  {
    weight: 5,
    arbitrary: fc.constantFrom<Expected[]>("current", "current", "current", "stale", "NO_STREAM", "EXISTS"),
  },
);

const command = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("CreateCounter"),
      said: fc.record({ value: fc.integer({ min: -3, max: 3 }) }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant("CountOn"),
      said: fc.record({ by: fc.constantFrom(0, 1, 2, -4, 10, 13) }),
    }),
  },
  fc.record({ type: fc.constant("CloseCounter"), said: fc.constant({}) }),
);
const noted = fc.record({
  type: fc.constant("NoteSet"),
  said: fc.record({ text: fc.constantFrom("a", "a", "b") }),
});
const booked = fc.oneof(
  fc.record({ type: fc.constant("AccountOpened"), said: fc.record({ owner: fc.constantFrom("Ada", "Bob") }) }),
  fc.record({ type: fc.constant("MoneyMoved"), said: fc.record({ amount: fc.integer({ min: -9, max: 9 }) }) }),
);

function keyed(
  does: Extract<Step, { readonly topic: TopicName }>["does"],
  topic: TopicName,
  message: fc.Arbitrary<{ readonly type: string; readonly said: Said }>,
): fc.Arbitrary<Step> {
  return fc
    .record({ key, expected, wait, message })
    .map(({ message: { type, said }, ...rest }) => ({ does, topic, type, said, ...rest }));
}

const deleted = fc.constant({ type: "", said: {} });

/** All that can be done, the likelier what there is more to say of. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: keyed("command", "counters", command) },
  { weight: 2, arbitrary: keyed("try", "counters", command) },
  { weight: 4, arbitrary: keyed("event", "notes", noted) },
  { weight: 2, arbitrary: keyed("event", "accounts", booked) },
  { weight: 1, arbitrary: keyed("tombstone", "notes", deleted) },
  { weight: 1, arbitrary: keyed("tombstone", "accounts", deleted) },
  {
    weight: 4,
    arbitrary: fc
      .record({
        parts: fc.array(
          fc
            .record({ key, expected, message: booked })
            .map(({ message: { type, said }, ...rest }) => ({ type, said, ...rest })),
          { minLength: 1, maxLength: 4 },
        ),
        wait,
      })
      .map((made): Step => ({ does: "transaction", ...made })),
  },
  {
    weight: 3,
    arbitrary: fc.record({ which: fc.nat(4), wait }).map((made): Step => ({ does: "invalidate", ...made })),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({ which: fc.nat(9), same: fc.boolean(), wait })
      .map((made): Step => ({ does: "repeat", ...made })),
  },
);
