import { histories } from "./history.ts";
import { openEmbedded } from "./stacks/embedded.ts";

histories("embedded", openEmbedded, true);
