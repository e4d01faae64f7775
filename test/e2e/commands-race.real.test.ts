import { describeReal } from "../support/real-stack.ts";
import { commandsRace } from "./commands-race.ts";
import { openReal } from "./stacks/real.ts";

describeReal("with real servers", () => {
  commandsRace("real", openReal);
});
