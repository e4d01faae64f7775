import { hotReload } from "./hot-reload.ts";
import { openHotEmbedded } from "./stacks/hot-embedded.ts";

hotReload("embedded", openHotEmbedded);
