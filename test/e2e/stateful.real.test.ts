import { openReal } from "./stacks/real.ts";
import { stateful } from "./stateful.ts";

stateful("real", openReal);
