import { describeReal } from "../support/real-stack.ts";
import { rebuildLive } from "./rebuild-live.ts";
import { openReal } from "./stacks/real.ts";

describeReal("with real servers", () => {
  rebuildLive("real", openReal);
});
