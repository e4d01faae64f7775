import { openEmbedded } from "./stacks/embedded.ts";
import { streams } from "./streams.ts";

streams("embedded", openEmbedded);
