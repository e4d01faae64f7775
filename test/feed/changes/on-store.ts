import { expect, test, vi } from "vitest";
import { createChangeFeed } from "../../../src/feed/changes/create-change-feed.ts";
import { compileFilter } from "../../../src/read-model/query/filter.ts";
import type { Filter, ReadModel, StoredDocument } from "../../../src/read-model/read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { documentsOf, newCheckpoint, nextCommit, writesTo } from "../../contract/read-model-support.ts";
import { uniqueName } from "../../support/real-stack.ts";
import { turns } from "./harness.ts";
import { LeapingClient } from "./leaping-client.ts";

/** A store, opened several times where several processes may share it. */
export interface OpenedStore {
  readonly models: readonly [ReadModel, ...ReadModel[]];
  readonly dispose: () => Promise<void>;
}

const COMMITS = 150;
const IDS = Array.from({ length: 30 }, (_, i) => `${i % 3 === 0 ? "\u{1F600}" : "\uFFFD"}${i}`);
const WHERES: readonly Filter[] = [{}, { n: 1 }, { n: { $gt: 0 } }, { _id: { $in: IDS.slice(0, 4) } }];

/** The feed's promise on a store: whoever leaves and comes back misses nothing, and is told nothing twice. */
export function feedOnStore(open: () => Promise<OpenedStore>): void {
  test("clients that come and go follow all that is committed meanwhile", async () => {
    const { models, dispose } = await open();
    const [model] = models;
    const collection = uniqueName("users");
    await model.ensureCollections([{ name: collection, previous: true }]);
    const feeds = models.map((readModel) => createChangeFeed({ readModel, logger: silentLogger, lingerMs: 0 }));
    const clients = [...WHERES, ...WHERES].map((where) => ({
      where,
      client: new LeapingClient(feeds, { collection, where }),
    }));
    const writing = writeTo(model, collection);
    const running = Promise.all(clients.map(({ client }) => client.run()));
    await writing;
    const stored = await documentsOf(model, collection);
    for (const { where, client } of clients) {
      const expected = new Map(stored.filter(compileFilter(where)).map((document) => [document._id, document]));
      await vi.waitFor(() => expect(client.table).toEqual(expected), 10_000);
      expect(client.problems).toEqual([]);
      client.stop();
    }
    await running;
    expect(clients.every(({ client }) => client.legs > 10)).toBe(true);
    await Promise.all(feeds.map((feed) => feed.close()));
    await dispose();
  });
}

/** Commits of one to three documents each: new ones, changed ones, and deletions. */
async function writeTo(model: ReadModel, collection: string): Promise<void> {
  const known = new Set<string>();
  let checkpoint = await model.openCheckpoint(newCheckpoint());
  for (let v = 0; v < COMMITS; v++) {
    const ids = new Set([v * 7, v * 11 + 3, v * v].map((number) => IDS[number % IDS.length] ?? ""));
    const documents = [...ids].map((_id): StoredDocument => ({ _id, v, n: (v + _id.length) % 3 }));
    const gone = documents.filter(({ _id }, i) => known.has(_id) && (v + i) % 5 === 0);
    const puts = documents.filter((document) => !gone.includes(document));
    const commit = nextCommit(
      checkpoint,
      writesTo(collection, {
        inserts: puts.filter(({ _id }) => !known.has(_id)),
        replacements: puts.filter(({ _id }) => known.has(_id)),
        deletions: gone.map(({ _id }) => _id),
      }),
    );
    await model.commit(commit);
    for (const { _id } of puts) known.add(_id);
    for (const { _id } of gone) known.delete(_id);
    checkpoint = commit.checkpoint;
    await turns(2);
  }
}
