import { describeReal } from "../support/real-stack.ts";
import { rebuildHints } from "./rebuild-hints.ts";
import { openHotReal } from "./stacks/hot-real.ts";

describeReal("with real servers", () => {
  rebuildHints("real", openHotReal, { shared: true });
});
