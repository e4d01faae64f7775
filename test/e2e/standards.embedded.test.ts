import { openEmbedded } from "./stacks/embedded.ts";
import { standards } from "./standards.ts";

standards("embedded", openEmbedded);
