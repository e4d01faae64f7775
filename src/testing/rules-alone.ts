import type { Decider } from "../model/decider.ts";
import type { Payload } from "../model/value.ts";
import { guarded } from "./guarded.ts";
import type { Reached, World } from "./scenario.ts";

/** A world without schemas: events are what they are made as, and are folded by the decider's `evolve`. */
export function rulesAlone({ aggregate, evolve, initial }: Decider): World<Reached> {
  return {
    at: (state) => ({ state: state && guarded(state) }),
    fold({ state }, { type, payload }) {
      if (evolve === undefined) {
        throw new TypeError(
          `The decider of ${aggregate} has no evolve: its schemas say how events are folded. Name their folder, ` +
            'await specification(decider, { schemas: "schemas" }), or begin with givenState.',
        );
      }
      const step = Object.hasOwn(evolve, type) ? evolve[type] : undefined;
      if (step === undefined) throw new TypeError(`The decider of ${aggregate} has no rule evolve.${type}.`);
      const after = step(guarded(state ?? initial), guarded(payload));
      return { state: after && guarded(withoutGaps(after)) };
    },
    stored: ({ type, payload }) => ({ type, payload: withoutGaps(payload) }),
    command: (_type, payload) => guarded(payload),
  };
}

/** What is undefined is left out: nothing is stored of it. Of what is awaited by mistake there are no fields at all. */
function withoutGaps(fields: Payload): Payload {
  return Object.fromEntries(Object.entries({ ...fields }).filter(([, value]) => value !== undefined));
}
