import { describeReal } from "../support/real-stack.ts";
import { hotReload } from "./hot-reload.ts";
import { openHotReal } from "./stacks/hot-real.ts";

describeReal("with real servers", () => {
  hotReload("real", openHotReal);
});
