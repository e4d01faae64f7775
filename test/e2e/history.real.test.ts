import { describeReal } from "../support/real-stack.ts";
import { histories } from "./history.ts";
import { openReal } from "./stacks/real.ts";

describeReal("with real servers", () => {
  histories("real", openReal, false);
});
