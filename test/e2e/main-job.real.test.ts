import { describeReal } from "../support/real-stack.ts";
import { mainJob } from "./main-job.ts";
import { openReal } from "./stacks/real.ts";

describeReal("with real servers", () => {
  mainJob("real", openReal);
});
