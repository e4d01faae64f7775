import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { feedOnStore } from "./on-store.ts";

describe("a feed on the embedded store", () => {
  feedOnStore(async () => {
    const folder = await mkdtemp(join(tmpdir(), "eventql-changes-"));
    const model = openEmbeddedReadModel({ file: join(folder, "data.sqlite"), logger: silentLogger });
    return {
      models: [model],
      dispose: async () => {
        await model.close();
        await rm(folder, { recursive: true });
      },
    };
  });
});
