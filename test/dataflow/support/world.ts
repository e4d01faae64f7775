import { join } from "node:path";
import type { EventCodec } from "../../../src/catalog/codec.ts";
import type { Aggregate, Catalog, EventType } from "../../../src/catalog/types.ts";
import { type Streams, type StreamsOptions, startStreams } from "../../../src/dataflow/streams.ts";
import { openEmbeddedEventLog } from "../../../src/event-log/embedded/embedded-event-log.ts";
import type { EventLog } from "../../../src/event-log/event-log.ts";
import type { LogRecord } from "../../../src/model/event.ts";
import type { Stream } from "../../../src/model/stream.ts";
import { type StoredLetter, deadLetterCollections, readDeadLetter } from "../../../src/read-model/dead-letters.ts";
import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import { requestCollections } from "../../../src/read-model/settlement/requests.ts";
import type { ReadModel } from "../../../src/read-model/read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { eventTypeOf, writerOf } from "../../support/event-types.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** A log and a read model for streams, in which events are JSON: `["Type", { … }]`. */
export interface World {
  readonly log: EventLog;
  readonly readModel: ReadModel;
  /** Starts streams, which stop with the world. */
  run(streams: readonly Stream[], options?: Partial<StreamsOptions>): Streams;
  /** All records of a topic, by partition and offset. */
  records(topic: string): Promise<readonly LogRecord[]>;
  /** What the records of a topic say, as `key:Type:{…}`. */
  said(topic: string): Promise<readonly string[]>;
  letters(): Promise<readonly StoredLetter[]>;
  close(): Promise<void>;
}

const types = new Map(["Added", "Doubled", "Huge"].map((name) => [name, eventTypeOf(name, [])] as const));
const writers = new Map([...types].map(([name, type]) => [name, writerOf(type)] as const));

/** The bytes of an event. */
export function bytesOf(type: string, payload: Readonly<Record<string, unknown>>): Uint8Array {
  return Buffer.from(JSON.stringify([type, payload]));
}

/** Decodes and encodes such bytes. */
const jsonCodec: EventCodec = {
  prepare: async () => {},
  encode: (type, payload) => bytesOf(type.fullName, payload),
  decode: (_topic, value) => {
    const [name, payload] = JSON.parse(Buffer.from(value).toString());
    const writer = writers.get(name);
    if (writer === undefined) return { status: "undecodable", code: "EVENT_INVALID", reason: `${name} is no type` };
    return { status: "decoded", writer, payload };
  },
};

/** A catalog in which each of the topics has all types. */
export function catalogOf(topics: readonly string[]): Catalog {
  const aggregates = topics.map((topic): Aggregate => {
    const eventTypes = [...types.values()].map((type): EventType => ({ ...type, topic }));
    const names = { name: topic, singular: topic, plural: topic, collection: topic, projection: "aggregates" };
    return {
      ...names,
      topic,
      doc: undefined,
      previous: false,
      history: undefined,
      columns: [],
      indexes: [],
      eventTypes,
    };
  });
  return { aggregates, commands: [], skipped: [], generation: 1 };
}

/** Opens a world whose topics have three partitions each. */
export async function openWorld(topics: readonly string[]): Promise<World> {
  const folder = await temporaryFolder();
  const file = join(folder.path, "eventql.db");
  const log = openEmbeddedEventLog({ file, logger: silentLogger, pollIntervalMs: 5 });
  const readModel = openEmbeddedReadModel({ file, logger: silentLogger });
  await log.createTopics(topics.map((name) => ({ name, partitions: 3 })));
  await readModel.ensureCollections([...deadLetterCollections, ...requestCollections]);
  const running: Streams[] = [];
  const current = catalogOf(topics);
  const records = async (topic: string): Promise<readonly LogRecord[]> => {
    const parts = (await log.offsets(topic)).map(async (_, partition) => {
      const { records: some } = await log.readRange({ topic, partition, from: 0, limit: 1_000_000 });
      return some;
    });
    return (await Promise.all(parts)).flat();
  };
  return {
    log,
    readModel,
    run(streams, options = {}) {
      const started = startStreams({
        log,
        readModel,
        codec: jsonCodec,
        catalog: { current: () => current, refresh: async () => {}, standingOf: () => "taken" },
        logger: silentLogger,
        groupPrefix: "test",
        source: "/test",
        lookMs: 10,
        streams: () => streams,
        ...options,
      });
      running.push(started);
      return started;
    },
    records,
    said: async (topic) => (await records(topic)).map(textOf),
    async letters() {
      const stored = await readModel.find("eventql_dead_letters", { filter: {}, sort: { partition: 1, offset: 1 } });
      return stored.flatMap((each) => readDeadLetter(each) ?? []);
    },
    async close() {
      await Promise.all(running.map(async (each) => await each.stop()));
      await log.close();
      await readModel.close();
      await folder.remove();
    },
  };
}

function textOf({ key, value }: LogRecord): string {
  const name = key === null ? "null" : Buffer.from(key).toString();
  if (value === null) return `${name}:tombstone`;
  const [type, payload] = JSON.parse(Buffer.from(value).toString());
  return `${name}:${type}:${JSON.stringify(payload)}`;
}
