import { describeReal } from "../support/real-stack.ts";
import { commandsWaits } from "./commands-waits.ts";
import { openReal } from "./stacks/real.ts";

describeReal("with real servers", () => {
  commandsWaits("real", openReal);
});
