import { rebuildLive } from "./rebuild-live.ts";
import { openEmbedded } from "./stacks/embedded.ts";

rebuildLive("embedded", openEmbedded);
