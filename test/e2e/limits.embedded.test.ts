import { join } from "node:path";
import { openEmbeddedReadModel } from "../../src/read-model/embedded/embedded-read-model.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { limitsSuite } from "./limits.ts";

limitsSuite("the embedded read model", async (folder) => ({
  readModel: openEmbeddedReadModel({ file: join(folder, "eventql.db"), logger: silentLogger }),
  indexed: { errors: [{}] },
  explained: () => ({ errors: [{}] }),
  dispose: async () => {},
}));
