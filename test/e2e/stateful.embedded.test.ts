import { openEmbedded } from "./stacks/embedded.ts";
import { stateful } from "./stateful.ts";

stateful("embedded", openEmbedded);
