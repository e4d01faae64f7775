import { deadLetters } from "./dead-letters.ts";
import { openEmbedded } from "./stacks/embedded.ts";

deadLetters("embedded", openEmbedded);
