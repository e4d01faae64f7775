import { describeReal } from "../support/real-stack.ts";
import { commands } from "./commands.ts";
import { openReal } from "./stacks/real.ts";

describeReal("with real servers", () => {
  commands("real", openReal);
});
