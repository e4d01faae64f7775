import { MemoryEventLog } from "../../examples/back-end/memory-event-log.ts";
import { MemoryStore } from "../../examples/back-end/memory-store.ts";
import { eventLogContract, type LogUnderTest } from "./event-log.ts";

/** The back-end of `docs/event-store.md`: what a third party's would be. */
async function make(): Promise<LogUnderTest> {
  const store = new MemoryStore();
  const log = new MemoryEventLog(store);
  return {
    log,
    open: () => new MemoryEventLog(store),
    appendRaw: async (record) => store.appendRaw(record),
    dispose: async () => await log.close(),
  };
}

eventLogContract("in memory, the example of a back-end", make, {
  sharingPartitions: "the first consumer of a group has all partitions: there is one process",
  cleaning: "the example keeps everything",
});
