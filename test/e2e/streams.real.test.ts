import { describeReal } from "../support/real-stack.ts";
import { openReal } from "./stacks/real.ts";
import { streams } from "./streams.ts";

describeReal("with real servers", () => {
  streams("real", openReal);
});
