import { mainJob } from "./main-job.ts";
import { openEmbedded } from "./stacks/embedded.ts";

mainJob("embedded", openEmbedded);
