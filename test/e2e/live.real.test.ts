import { describeReal } from "../support/real-stack.ts";
import { live } from "./live.ts";
import { openReal } from "./stacks/real.ts";

describeReal("with real servers", () => {
  live("real", openReal);
});
