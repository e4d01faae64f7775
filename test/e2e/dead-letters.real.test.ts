import { describeReal } from "../support/real-stack.ts";
import { deadLetters } from "./dead-letters.ts";
import { openReal } from "./stacks/real.ts";

describeReal("with real servers", () => {
  deadLetters("real", openReal);
});
