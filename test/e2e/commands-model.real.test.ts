import { describeReal } from "../support/real-stack.ts";
import { commandsModel } from "./commands-model.ts";
import { openReal } from "./stacks/real.ts";

describeReal("with real servers", () => {
  commandsModel("real", openReal);
});
