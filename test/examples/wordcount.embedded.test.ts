import { openEmbedded } from "../e2e/stacks/embedded.ts";
import { wordcountSuite } from "./wordcount.ts";

wordcountSuite("embedded", async (folder) => ({ ...(await openEmbedded(folder)), clean: async () => {} }));
