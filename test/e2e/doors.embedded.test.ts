import { doors } from "./doors.ts";
import { openEmbedded } from "./stacks/embedded.ts";

doors("embedded", openEmbedded);
