import type { Decider } from "../model/decider.ts";
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
      return { state: after && guarded(after) };
    },
    stored: (event) => event,
    command: (_type, payload) => guarded(payload),
  };
}
