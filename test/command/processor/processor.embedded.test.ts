import { join } from "node:path";
import { describe } from "vitest";
import { openEmbeddedEventLog } from "../../../src/event-log/embedded/embedded-event-log.ts";
import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { processorSuite } from "./processor-suite.ts";

describe("a processor on embedded stores", () => {
  processorSuite(async () => {
    const folder = await temporaryFolder();
    const file = join(folder.path, "eventql.db");
    const log = openEmbeddedEventLog({ file, logger: silentLogger });
    const readModel = openEmbeddedReadModel({ file, logger: silentLogger });
    return {
      log,
      readModel,
      prefix: "",
      async close() {
        await log.close();
        await readModel.close();
        await folder.remove();
      },
    };
  }, 3_000);
});
