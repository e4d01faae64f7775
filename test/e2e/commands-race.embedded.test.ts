import { commandsRace } from "./commands-race.ts";
import { openEmbedded } from "./stacks/embedded.ts";

commandsRace("embedded", openEmbedded);
