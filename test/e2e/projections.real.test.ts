import { describeReal } from "../support/real-stack.ts";
import { projections } from "./projections.ts";
import { openReal } from "./stacks/real.ts";

describeReal("with real servers", () => {
  // A killed member of a group is waited for by Kafka, which takes 10 s.
  projections("real", openReal, "SIGTERM");
});
