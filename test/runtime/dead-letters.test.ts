import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EventCodec } from "../../src/catalog/codec.ts";
import type { Aggregate, Catalog, EventType } from "../../src/catalog/types.ts";
import type { ErrorCode } from "../../src/errors.ts";
import type { DeadLetterAdministration } from "../../src/model/dead-letter-administration.ts";
import type { Payload } from "../../src/model/value.ts";
import { DEAD_LETTERS, deadLetter, deadLetterCollections } from "../../src/read-model/dead-letters.ts";
import { openEmbeddedReadModel } from "../../src/read-model/embedded/embedded-read-model.ts";
import type { ReadModel, StoredDocument } from "../../src/read-model/read-model.ts";
import { REQUESTS, pendingRequests, requestCollections, stepWrites } from "../../src/read-model/settlement/requests.ts";
import { createDeadLetterAdministration } from "../../src/runtime/dead-letters/dead-letter-administration.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { eventTypeOf, writerOf } from "../support/event-types.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const plain = eventTypeOf("app.Named", [{ name: "name" }]);
const secretive: EventType = {
  ...eventTypeOf("app.Kept", [{ name: "name" }, { name: "secret" }]),
  topic: "s",
};
const hiding: EventType = {
  ...secretive,
  fields: secretive.fields.map((field) => ({ ...field, hidden: field.field.name === "secret" })),
};

function aggregateOf(topic: string, eventTypes: readonly EventType[]): Aggregate {
  const names = { name: topic, singular: topic, plural: `${topic}s`, collection: `${topic}s` };
  const nothing = { doc: undefined, previous: false, history: undefined, columns: [], indexes: [] };
  return { ...names, ...nothing, projection: "aggregates", topic, eventTypes };
}

const catalog: Catalog = {
  aggregates: [aggregateOf("t", [plain]), aggregateOf("s", [hiding])],
  commands: [],
  skipped: [],
  generation: 1,
};

/** Values are JSON: a type's name and its payload. */
const codec: EventCodec = {
  decode(topic, value) {
    const text = Buffer.from(value).toString();
    if (!text.startsWith("[")) return { status: "undecodable", code: "NOT_AVRO", reason: "not Avro" };
    const [, payload]: [string, Payload] = JSON.parse(text);
    return { status: "decoded", writer: writerOf(topic === "s" ? hiding : plain), payload };
  },
  prepare: async () => {},
  encode: (type, payload) => bytes(JSON.stringify([type.fullName, payload])),
};

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}

const LETTERS: readonly (readonly [
  topic: string,
  offset: number,
  key: string | null,
  value: string,
  code: ErrorCode,
  waiting: boolean,
  projection?: string,
])[] = [
  ["t", 2, "a", "not Avro", "NOT_AVRO", false],
  ["t", 10, "a", '["app.Named",{"name":"A"}]', "KEY_PARKED", true],
  ["t", 11, null, '["app.Named",{"name":"A"}]', "KEY_INVALID", false],
  ["t", 2, "a", "not Avro", "NOT_AVRO", false, "aggregates@12345678"],
  ["s", 5, "b", '["app.Kept",{"name":"B","secret":"s3cret"}]', "EVENT_INVALID", false],
  ["s", 6, "c", "s3cret bytes", "NOT_AVRO", false],
];

const letters: readonly StoredDocument[] = LETTERS.map(
  ([topic, offset, key, value, code, waiting, projection = "aggregates"]) => {
    const record = {
      topic,
      partition: 0,
      offset,
      timestamp: offset,
      key: key === null ? null : Buffer.from(key),
      value: bytes(value),
      headers: {},
    };
    return deadLetter(
      projection,
      record,
      { code, reason: code === "NOT_AVRO" ? "not Avro" : `${code} because of s3cret` },
      waiting,
    );
  },
);

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let readModel: ReadModel;
let administration: DeadLetterAdministration;

beforeEach(async () => {
  folder = await temporaryFolder();
  readModel = openEmbeddedReadModel({ file: join(folder.path, "eventql.db"), logger: silentLogger });
  await readModel.ensureCollections([...deadLetterCollections, ...requestCollections]);
  await commit({ collection: DEAD_LETTERS, inserts: letters, replacements: [], deletions: [] });
  administration = createDeadLetterAdministration({ readModel, codec, catalog: { current: () => catalog } });
});

afterEach(async () => {
  await readModel.close();
  await folder.remove();
});

async function commit(...writes: Parameters<ReadModel["commit"]>[0]["writes"]): Promise<void> {
  const checkpoint = { projection: "test", topic: "t", partition: 0, next: 0, generation: 0, partitions: 0 };
  await readModel.openCheckpoint(checkpoint);
  expect((await readModel.commit({ checkpoint, from: 0, writes })).status).toBe("committed");
}

/** Does what is asked of a partition, as its owner would. */
async function carryOut(
  topic: string,
  status: "SETTLED" | "FAILED" | "REFUSED",
  projection = "aggregates",
): Promise<void> {
  await expect
    .poll(async () => (await pendingRequests(readModel, projection, { topic, partition: 0 }, 9)).length)
    .toBeGreaterThan(0);
  for (const request of await pendingRequests(readModel, projection, { topic, partition: 0 }, 9)) {
    const why =
      status === "SETTLED" ? {} : { letter: request.letter, code: "EVENT_INVALID", reason: "s3cret is wrong" };
    await commit(stepWrites(request, 2, { status, applied: 2, waiting: 1, ...why }));
  }
}

describe("dead letters", () => {
  test("are listed in their order, by pages, and as they are asked for", async () => {
    const ids: string[] = [];
    for (let after: string | undefined, more = true; more;) {
      const page = await administration.list({}, { first: 2, after });
      ids.push(...page.letters.map(({ id }) => id));
      [after, more] = [page.letters.at(-1)?.cursor, page.hasMore];
    }
    expect(ids).toEqual(
      ["aggregates/s/0/5", "aggregates/s/0/6", "aggregates/t/0/2", "aggregates/t/0/10", "aggregates/t/0/11"].concat(
        "aggregates@12345678/t/0/2",
      ),
    );
    const of = async (filter: Parameters<DeadLetterAdministration["list"]>[0]): Promise<readonly string[]> =>
      (await administration.list(filter, { first: 9 })).letters.map(({ topic, offset }) => `${topic}${offset}`);
    expect(await of({ key: "a", waiting: true })).toEqual(["t10"]);
    expect(await of({ code: "NOT_AVRO", projection: "aggregates" })).toEqual(["s6", "t2"]);
    expect(await of({ topic: "t", code: "KEY_INVALID" })).toEqual(["t11"]);
    await expect(administration.list({}, { first: 1, after: "x" })).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
    const found = await administration.find(["aggregates/t/0/2"]);
    expect(await administration.waitingBehind(found)).toEqual(new Map([["aggregates/t/0/2", 1]]));
  });

  test("show events, and nothing that is hidden", async () => {
    const { letters: shown } = await administration.list({ projection: "aggregates" }, { first: 9 });
    expect(shown.slice(0, 2).every((letter) => !JSON.stringify(letter).includes("s3cret"))).toBe(true);
    expect(shown[0]).toMatchObject({ eventType: "app.Kept", payload: { name: "B" }, bytes: undefined });
    expect(shown[1]).toMatchObject({ payload: undefined, bytes: undefined, code: "NOT_AVRO" });
    expect(shown[2]).toMatchObject({
      payload: undefined,
      bytes: bytes("not Avro"),
      reason: "not Avro",
    });
    expect(shown[3]).toMatchObject({ payload: { name: "A" }, bytes: undefined, key: "a" });
    expect(shown[4]).toMatchObject({ key: undefined, payload: { name: "A" } });
  });

  test("are asked for once, and the outcome hides what is hidden", async () => {
    const asked = { id: "aggregates/s/0/5", action: "fix", payload: { name: "new" }, requestId: "one" } as const;
    expect(await administration.settle(asked, { timeoutMs: 0 })).toEqual({
      requestId: "one",
      status: "PENDING",
      applied: 0,
      waiting: 0,
    });
    const [request, ...more] = await pendingRequests(readModel, "aggregates", { topic: "s", partition: 0 }, 9);
    // What is hidden stays as it was.
    expect(Buffer.from(request?.value ?? []).toString()).toBe('["app.Kept",{"name":"new","secret":"s3cret"}]');
    expect(more).toEqual([]);
    const [waited] = await Promise.all([administration.settle(asked, { timeoutMs: 9_000 }), carryOut("s", "FAILED")]);
    expect(waited).toMatchObject({ status: "FAILED", applied: 2, waiting: 1, letter: asked.id, code: "EVENT_INVALID" });
    expect(waited.reason).not.toContain("s3cret");
    expect(await readModel.find(REQUESTS, { filter: { state: "done" } })).toHaveLength(1);
    await expect(administration.settle({ ...asked, action: "skip" }, { timeoutMs: 0 })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
    });
  });

  test("are asked for in other builds of the projection too", async () => {
    const asked = { id: "aggregates/t/0/2", action: "skip", requestId: "both" } as const;
    await Promise.all([administration.settle(asked, { timeoutMs: 9_000 }), carryOut("t", "SETTLED")]);
    const beside = await pendingRequests(readModel, "aggregates@12345678", { topic: "t", partition: 0 }, 9);
    expect(beside).toMatchObject([{ letter: "aggregates@12345678/t/0/2", action: "skip" }]);
  });

  test("are retried together, those of builds beside without being waited for", async () => {
    const [retried] = await Promise.all([
      administration.retryAll({ topic: "t" }, { first: 2, timeoutMs: 9_000 }),
      carryOut("t", "SETTLED"),
    ]);
    expect(retried).toEqual({ asked: 2, settled: 2, parked: 0, failed: 0, pending: 0, applied: 4, hasMore: true });
    expect(await administration.retryAll({ topic: "none" }, { first: 9, timeoutMs: 9_000 })).toMatchObject({
      asked: 0,
    });
  });

  test.each([
    [{ id: "aggregates/t/0/99", action: "retry" }, "DEAD_LETTER_NOT_FOUND"],
    [{ id: "aggregates/t/0/2", action: "fix" }, "BAD_USER_INPUT"],
    [{ id: "aggregates/t/0/2", action: "fix", payload: {}, bytes: bytes("x") }, "BAD_USER_INPUT"],
    [{ id: "aggregates/t/0/2", action: "fix", payload: { nme: 1 } }, "EVENT_INVALID"],
    [{ id: "aggregates/t/0/2", action: "fix", payload: {}, type: "Other" }, "BAD_USER_INPUT"],
    [{ id: "aggregates/t/0/2", action: "retry", requestId: " " }, "BAD_USER_INPUT"],
  ] as const)("are not settled by %j", async (asked, code) => {
    await expect(administration.settle(asked, { timeoutMs: 0 })).rejects.toMatchObject({ code });
    expect(await readModel.find(REQUESTS, { filter: {} })).toEqual([]);
  });

  test("that an owner refuses are refused with its code", async () => {
    const asked = { id: "aggregates/t/0/2", action: "retry" } as const;
    const settling = administration.settle(asked, { timeoutMs: 9_000 });
    await Promise.all([expect(settling).rejects.toMatchObject({ code: "EVENT_INVALID" }), carryOut("t", "REFUSED")]);
  });
});
