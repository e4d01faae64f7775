import { type TypedDecider, decider, event, reject } from "../../src/index.ts";
import type { Value, ValueCommand, ValueEvent } from "./types.ts";

/** The rules of values: they are created once, then calculated with. */
export const value: TypedDecider<Value, ValueCommand, ValueEvent> = decider<Value, ValueCommand, ValueEvent>({
  aggregate: "Value",
  topic: "values",
  initial: { value: 0 },
  decide: {
    CreateValue: (state, command) =>
      state === undefined ? [event("ValueCreated", { value: command.value })] : reject("ALREADY_EXISTS"),
    ChangeValue: (state, command) => {
      if (state === undefined) return reject("NOT_FOUND", "There is no such value: create it first.");
      const by = command.value;
      return [command.operation === "ADD" ? event("ValueAdded", { by }) : event("ValueMultiplied", { by })];
    },
  },
  evolve: {
    ValueCreated: (_state, { value: created }) => ({ value: created }),
    ValueAdded: (state, { by }) => ({ value: state.value + by }),
    ValueMultiplied: (state, { by }) => ({ value: state.value * by }),
  },
});
