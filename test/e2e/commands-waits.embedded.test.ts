import { commandsWaits } from "./commands-waits.ts";
import { openEmbedded } from "./stacks/embedded.ts";

commandsWaits("embedded", openEmbedded);
