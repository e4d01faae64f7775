import { commandsModel } from "./commands-model.ts";
import { openEmbedded } from "./stacks/embedded.ts";

commandsModel("embedded", openEmbedded);
