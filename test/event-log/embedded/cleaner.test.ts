import { join } from "node:path";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { openEmbeddedEventLog } from "../../../src/event-log/embedded/embedded-event-log.ts";
import { LogFile } from "../../../src/event-log/embedded/log-file.ts";
import type { EventLog, TopicSpec } from "../../../src/event-log/event-log.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const LAG = 5;
const SWEEP = 12;
const RETENTION = 40;

type Act =
  | { readonly append: string | null; readonly tombstone: boolean }
  | { readonly wait: number }
  | { readonly clean: true };

interface Written {
  readonly key: string | null;
  readonly tombstone: boolean;
  readonly at: number;
}

afterEach(() => {
  vi.useRealTimers();
});

/** What a log keeps of what was written, when it was cleaned last at a time. */
function kept(all: readonly Written[], { compacted, retentionMs }: TopicSpec, cleaned: number): readonly number[] {
  const compactedTo = compacted === true ? all.filter(({ at }) => at <= cleaned - LAG).length : 0;
  const low = retentionMs === undefined ? 0 : all.filter(({ at }) => at <= cleaned - retentionMs).length;
  const isKept = ({ key, tombstone, at }: Written, offset: number): boolean => {
    if (offset < low) return false;
    const later = all.slice(offset + 1, Math.max(compactedTo, offset + 1));
    if (key !== null && later.some((other) => other.key === key)) return false;
    return !(tombstone && offset < compactedTo && at <= cleaned - SWEEP);
  };
  return all.flatMap((record, offset) => (isKept(record, offset) ? [offset] : []));
}

function clean(file: LogFile, name: string): void {
  const topic = file.topic(name);
  if (topic === undefined) throw new TypeError(name);
  const now = Date.now();
  const expired = topic.retentionMs === undefined ? undefined : now - topic.retentionMs;
  const times = { expired, compacted: topic.compacted ? now - LAG : undefined, swept: now - SWEEP };
  for (let steps = 0; file.clean(topic, 0, times); steps++) if (steps > 100) throw new RangeError("it never ends");
}

test("what is removed is what has expired, what later records stand for, and old tombstones: nothing else", () => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_000 });
  const append = fc.record({ append: fc.constantFrom("a", "b", "c", null), tombstone: fc.boolean() });
  const act: fc.Arbitrary<Act> = fc.oneof(
    { weight: 5, arbitrary: append },
    { weight: 2, arbitrary: fc.record({ wait: fc.integer({ min: 1, max: 9 }) }) },
    { weight: 2, arbitrary: fc.record({ clean: fc.constant(true as const) }) },
  );
  const policy = fc.constantFrom<Pick<TopicSpec, "compacted" | "retentionMs">>(
    { compacted: true },
    { retentionMs: RETENTION },
    { compacted: true, retentionMs: RETENTION },
  );
  fc.assert(
    fc.property(policy, fc.array(act, { maxLength: 60 }), (cleaning, acts) => {
      const file = new LogFile(":memory:");
      const spec = { name: "t", partitions: 1, ...cleaning };
      file.createTopics([spec, { name: "other", partitions: 1 }]);
      const [topic, other] = [file.topic("t"), file.topic("other")];
      if (topic === undefined || other === undefined) throw new TypeError("there is no topic");
      const all: Written[] = [];
      let cleaned = 0;
      for (const each of acts) {
        if ("wait" in each) vi.setSystemTime(Date.now() + each.wait);
        else if ("append" in each) {
          const key = each.append === null ? null : Buffer.from(each.append);
          const value = each.tombstone ? null : Buffer.from("v");
          const records = [topic, other].map((of) => ({ topic: of, partition: 0, key, value, headers: {} }));
          file.append(records);
          all.push({ key: each.append, tombstone: each.tombstone, at: Date.now() });
        } else {
          clean(file, "t");
          cleaned = Date.now();
        }
        const offsets = file.read(topic, 0, 0, 1_000, 1_000_000).map(({ offset }) => offset);
        expect(offsets).toEqual(kept(all, spec, cleaned));
        const { low, high, gapless = low } = file.range(topic, 0);
        expect(high).toBe(all.length);
        expect(offsets.filter((offset) => offset >= gapless)).toHaveLength(high - gapless);
        expect(offsets.every((offset) => offset >= low)).toBe(true);
      }
      expect(file.read(other, 0, 0, 1_000, 1_000_000)).toHaveLength(all.length);
      file.close();
    }),
    { numRuns: 300 },
  );
});

test("a log that was full of what has expired is cleaned in the background, and others work with it meanwhile", async () => {
  const folder = await temporaryFolder();
  const file = join(folder.path, "log.db");
  const raw = new LogFile(file);
  raw.createTopics([{ name: "t", partitions: 1, retentionMs: 1 }]);
  const topic = raw.topic("t");
  if (topic === undefined) throw new TypeError("there is no topic");
  const many = Array.from({ length: 20_000 }, () => ({ topic, partition: 0, key: null, value: null, headers: {} }));
  raw.append(many);
  const log: EventLog = openEmbeddedEventLog({ file, logger: silentLogger, cleaning: { intervalMs: 5 } });
  const appended: number[] = [];
  const low = async (): Promise<number> => (await log.offsets("t"))[0]?.low ?? 0;
  while ((await low()) < many.length)
    appended.push((await log.append({ topic: "t", key: "k", value: null, headers: {} })).offset);
  expect(appended).toEqual(appended.map((_, index) => many.length + index));
  await log.close();
  raw.close();
  await folder.remove();
});
