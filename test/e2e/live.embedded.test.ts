import { live } from "./live.ts";
import { openEmbedded } from "./stacks/embedded.ts";

live("embedded", openEmbedded);
