import { describeReal } from "../support/real-stack.ts";
import { roundTrips } from "./round-trip.ts";
import { openReal } from "./stacks/real.ts";

describeReal("with real servers", () => {
  // Of some valid schemas the registry's server fails with 500: these are ones that it takes.
  roundTrips("real", openReal, { schemas: 4, values: 4, seed: 7 });
});
