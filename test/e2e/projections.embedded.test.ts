import { projections } from "./projections.ts";
import { openEmbedded } from "./stacks/embedded.ts";

projections("embedded", openEmbedded);
