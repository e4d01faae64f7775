import { commandsRefused } from "./commands-refused.ts";
import { openEmbedded } from "./stacks/embedded.ts";

commandsRefused("embedded", openEmbedded);
