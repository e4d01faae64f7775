import { describeReal } from "../support/real-stack.ts";
import { standards } from "./standards.ts";
import { openReal } from "./stacks/real.ts";

describeReal("with real servers", () => {
  standards("real", openReal);
});
