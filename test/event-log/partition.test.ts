import fc from "fast-check";
import { Partitioners } from "kafkajs";
import { expect, it } from "vitest";
import { murmur2, partitionOf } from "../../src/event-log/partition.ts";

it("puts any key on the partition that kafkajs' default partitioner chooses", () => {
  const partition = Partitioners.DefaultPartitioner();
  const keys = fc.oneof(fc.string({ unit: "binary" }), fc.uuid(), fc.uint8Array({ maxLength: 64 }));
  fc.assert(
    fc.property(keys, fc.integer({ min: 1, max: 200 }), (key, partitions) => {
      const bytes = Buffer.from(key);
      const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
        partitionId,
        partitionErrorCode: 0,
        leader: 1,
        replicas: [1],
        isr: [1],
      }));
      const theirs = partition({ topic: "t", partitionMetadata, message: { key: bytes, value: null } });
      expect(partitionOf(bytes, partitions)).toBe(theirs);
    }),
    { numRuns: 5_000 },
  );
});

it("hashes as Kafka's Java client does", () => {
  // The expectations of org.apache.kafka.common.utils.UtilsTest.testMurmur2.
  const expected: Record<string, number> = {
    "21": -973932308,
    foobar: -790332482,
    "a-little-bit-long-string": -985981536,
    "a-little-bit-longer-string": -1486304829,
    lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
    abc: 479470107,
  };
  for (const [key, hash] of Object.entries(expected)) expect(murmur2(Buffer.from(key))).toBe(hash);
});
