import { commands } from "./commands.ts";
import { openEmbedded } from "./stacks/embedded.ts";

commands("embedded", openEmbedded);
