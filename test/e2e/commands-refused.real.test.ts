import { describeReal } from "../support/real-stack.ts";
import { commandsRefused } from "./commands-refused.ts";
import { openReal } from "./stacks/real.ts";

describeReal("with real servers", () => {
  commandsRefused("real", openReal);
});
