import { describeReal } from "../support/real-stack.ts";
import { doors } from "./doors.ts";
import { openReal } from "./stacks/real.ts";

describeReal("with real servers", () => {
  doors("real", openReal);
});
