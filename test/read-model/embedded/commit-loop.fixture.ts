import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";

/** Commits without end to the file that is its argument, and says so: batch n inserts `n`, deletes `n-10`, counts to n. */
const model = openEmbeddedReadModel({ file: process.argv[2] ?? "", logger: silentLogger });
const fields = { projection: "loop", topic: "appuser", partition: 0, generation: 1, partitions: 1 };
const { next: first } = await model.openCheckpoint({ ...fields, next: 0 });
for (let next = first; ; next++) {
  const counter = { _id: "counter", n: next + 1 };
  await model.commit({
    checkpoint: { ...fields, next: next + 1 },
    from: next,
    writes: [
      { collection: "numbers", inserts: [{ _id: `${next}` }], replacements: [], deletions: [`${next - 10}`] },
      {
        collection: "counters",
        inserts: next === 0 ? [counter] : [],
        replacements: next === 0 ? [] : [counter],
        deletions: [],
      },
    ],
  });
  process.stdout.write(".");
}
