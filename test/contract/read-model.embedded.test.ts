import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbeddedReadModel } from "../../src/read-model/embedded/embedded-read-model.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { readModelContract } from "./read-model.ts";

readModelContract("an SQLite file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "eventql-read-model-"));
  const model = openEmbeddedReadModel({ file: join(folder, "data.sqlite"), logger: silentLogger });
  return {
    model,
    other: { skipped: "one process at a time holds the data folder" },
    dispose: async () => {
      await model.close();
      await rm(folder, { recursive: true });
    },
  };
});
