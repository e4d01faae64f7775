import { beforeEach, describe, expect, test, vi } from "vitest";
import { Committer } from "../../../src/command/processor/committer.ts";
import { KeyStates } from "../../../src/command/processor/key-states.ts";
import { LogEnds, type MarkerGuess } from "../../../src/command/processor/log-ends.ts";
import { ParkedKeys } from "../../../src/command/processor/parked-keys.ts";
import { DEFAULT_WINDOW, SeenCommands } from "../../../src/command/processor/seen-commands.ts";
import { Session } from "../../../src/command/processor/session.ts";
import type { BatchInput } from "../../../src/command/processor/decide-batch.ts";
import type { Rules } from "../../../src/command/processor/rules.ts";
import { EventQLError } from "../../../src/errors.ts";
import type { EventLog, PartitionOwner } from "../../../src/event-log/event-log.ts";
import type { LogRecord } from "../../../src/model/event.ts";
import { type Logger, silentLogger } from "../../../src/telemetry/logger.ts";
import { commandsOf, inputOf, preparedRules, ruleOf } from "./commands-of.ts";
import { type Sample, eventTypeOf, openSample } from "./sample.ts";

let sample: Sample;
let rules: Rules;
let session: Session;
let markers: MarkerGuess;
let foreign: readonly LogRecord[];
const commit = vi.fn<PartitionOwner["commit"]>();
const offsets = vi.fn<EventLog["offsets"]>();
const warn = vi.fn<Logger["warn"]>();

beforeEach(async () => {
  sample = await openSample();
  rules = await preparedRules(sample, sample.counter);
  for (const mock of [commit, offsets, warn]) mock.mockReset();
  commit.mockResolvedValue("committed");
  offsets.mockResolvedValue([{ low: 0, high: 0 }]);
  foreign = [];
  markers = { offsets: 0 };
  session = new Session({
    place: {
      of: { topic: "counters.commands", partition: 0 },
      topic: "counters",
      projection: "p",
      partitions: 1,
      writes: [0],
    },
    owner: { next: 0, commit, release: async () => {} },
    next: 0,
    states: new KeyStates({ checkpoints: new Map(), maxKeys: 100, empty: true }),
    seen: new SeenCommands(DEFAULT_WINDOW),
    parked: new ParkedKeys({
      readModel: { find: async () => await Promise.resolve([]) },
      names: { parkedKeys: "parked" },
      projection: "p",
      onFreed: () => {},
      partitions: [],
    }),
    ends: new LogEnds(markers),
    invalid: new Set(),
    loadMs: 0,
  });
});

const committer = (): Committer => {
  const readRange: EventLog["readRange"] = async ({ until = 0 }) =>
    await Promise.resolve({ records: foreign, next: until, complete: true });
  const log = { offsets, readRange };
  return new Committer({ log, codec: sample.codec, logger: { ...silentLogger, warn } }, session);
};

function input(count: number, changes: Partial<BatchInput> = {}): BatchInput {
  const requests = Array.from({ length: count }, (_, at) => ruleOf(sample, "Create", {}, `k${at}`));
  const { ends } = session.parts;
  const nextOf = (partition: number): number => ends.next({ topic: "counters", partition });
  const nextOutcome = ends.next({ topic: "counters.outcomes", partition: 0 });
  return inputOf(rules, commandsOf(sample, requests), { nextOf, nextOutcome, ...changes });
}

describe("a commit", () => {
  test("is of events, outcomes, and the position behind the commands; then it is known", async () => {
    const batch = await committer().commit(input(2));
    expect(batch?.decided).toHaveLength(2);
    expect(commit.mock.calls).toMatchObject([[{ next: 2, records: { length: 4 } }]]);
    const { states, seen, ends } = session.parts;
    expect([session.next, states.pinned, seen.offsetOf("c1")]).toEqual([2, 2, 1]);
    expect(ends.next({ topic: "counters", partition: 0 })).toBe(2);
  });

  test("that is too large is halved until it fits", async () => {
    commit.mockImplementation(async ({ records }) => {
      if (records.length > 4) throw new EventQLError("EVENT_TOO_LARGE", "too large");
      return await Promise.resolve("committed");
    });
    expect((await committer().commit(input(7)))?.decided).toHaveLength(2);
    expect(session.end).toBeUndefined();
  });

  test("that is too large of one command refuses it", async () => {
    commit.mockImplementation(async ({ records }) => {
      if (records.some(({ topic }) => topic === "counters")) throw new EventQLError("EVENT_TOO_LARGE", "too large");
      return await Promise.resolve("committed");
    });
    const batch = await committer().commit(input(3));
    expect(batch?.decided.map(({ outcome }) => outcome.rejection)).toEqual([
      { code: "EVENT_TOO_LARGE", message: "too large" },
    ]);
  });

  test.each([
    ["fenced", new EventQLError("OWNER_FENCED", "another")],
    ["unknown", new EventQLError("EVENT_LOG_UNAVAILABLE", "gone")],
    ["unknown", new TypeError("bug")],
  ])("ends the session as %s where the owner is at its end", async (end, error) => {
    commit.mockRejectedValue(error);
    expect(await committer().commit(input(1))).toBeUndefined();
    expect(session.end).toBe(end);
    expect([session.next, session.parts.states.pinned]).toEqual([0, 0]);
  });

  test("is not tried once the session is over", async () => {
    session.finish("given up");
    await expect(committer().commit(input(1))).rejects.toThrow();
    expect(commit).not.toHaveBeenCalled();
  });
});

describe("records that would have landed elsewhere", () => {
  test("show the log's markers, behind a commit of one's own", async () => {
    const own = committer();
    await own.commit(input(1));
    commit.mockResolvedValueOnce("moved");
    offsets.mockResolvedValue([{ low: 0, high: 4 }]);
    expect(await own.commit(input(1))).toBeUndefined();
    expect([markers.offsets, session.parts.ends.next({ topic: "counters", partition: 0 })]).toEqual([1, 4]);
    expect(warn).not.toHaveBeenCalled();
  });

  test("show what somebody else appended, which counts from then on", async () => {
    const value = sample.codec.encode(eventTypeOf(sample.counter), { value: 9 });
    foreign = [{ topic: "counters", partition: 0, offset: 0, timestamp: 0, key: Buffer.from("a"), value, headers: {} }];
    commit.mockResolvedValueOnce("moved");
    offsets.mockResolvedValue([{ low: 0, high: 1 }]);
    await committer().commit(input(1));
    expect(markers.offsets).toBe(0);
    expect(warn).toHaveBeenCalledOnce();
    const find = vi.fn<() => Promise<readonly []>>().mockResolvedValue([]);
    const states = await session.parts.states.load(
      rules.fold,
      ["a"],
      find,
      async () => await Promise.resolve(new Map()),
    );
    expect(states.get("a")?.document).toMatchObject({ value: 9n, _meta: { offset: 0 } });
  });
});
