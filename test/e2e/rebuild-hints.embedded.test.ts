import { rebuildHints } from "./rebuild-hints.ts";
import { openHotEmbedded } from "./stacks/hot-embedded.ts";

rebuildHints("embedded", openHotEmbedded, { shared: false });
