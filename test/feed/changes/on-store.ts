import { expect, test, vi } from "vitest";
import type { ChangeFeed } from "../../../src/feed/change-feed.ts";
import { createChangeFeed } from "../../../src/feed/changes/create-change-feed.ts";
import { compileFilter } from "../../../src/read-model/query/filter.ts";
import type { Filter, ReadModel, StoredDocument } from "../../../src/read-model/read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { documentsOf, newCheckpoint, nextCommit, writesTo } from "../../contract/read-model-support.ts";
import { uniqueName } from "../../support/real-stack.ts";
import { USERS, turns } from "./harness.ts";
import { LeapingClient } from "./leaping-client.ts";

/** A store, opened several times where several processes may share it. */
export interface OpenedStore {
  readonly models: readonly [ReadModel, ...ReadModel[]];
  readonly dispose: () => Promise<void>;
}

const COMMITS = 150;
const IDS = Array.from({ length: 30 }, (_, i) => `${i % 3 === 0 ? "\u{1F600}" : "\uFFFD"}${i}`);
const WHERES: readonly Filter[] = [{}, { n: 1 }, { n: { $gt: 0 } }, { _id: { $in: IDS.slice(0, 4) } }];

/** After so many commits one of the feeds is told that the documents moved to the other collection. */
const COMMITS_PER_TURN = 13;

/**
 * The feed's promise on a store: whoever leaves and comes back misses nothing, and is told nothing twice; also where the
 * documents move meanwhile, and one feed knows of it before another.
 */
export function feedOnStore(open: () => Promise<OpenedStore>): void {
  test("clients that come and go follow all that is committed meanwhile", async () => {
    const { models, dispose } = await open();
    const [model] = models;
    const collection = uniqueName("users");
    const builds = [collection, `${collection}_0a1b2c3d`];
    await model.ensureCollections(builds.map((name) => ({ name, previous: true })));
    const feeds = models.map((readModel) => createChangeFeed({ readModel, logger: silentLogger, lingerMs: 0 }));
    const clients = [...WHERES, ...WHERES].map((where) => ({
      where,
      client: new LeapingClient(feeds, { collection, where }),
    }));
    const writing = writeTo(model, builds, (commit) => {
      const [turn, rest] = [Math.floor(commit / COMMITS_PER_TURN), commit % COMMITS_PER_TURN];
      if (rest === 0) move(feeds[turn % feeds.length], builds[Math.floor(turn / feeds.length) % builds.length]);
    });
    const running = Promise.all(clients.map(({ client }) => client.run()));
    await writing;
    for (const feed of feeds) move(feed, builds[1]);
    const stored = await documentsOf(model, builds[1] ?? "");
    for (const { where, client } of clients) {
      const expected = new Map(stored.filter(compileFilter(where)).map((document) => [document._id, document]));
      await vi.waitFor(() => expect(client.table).toEqual(expected), 10_000);
      expect(client.problems).toEqual([]);
      expect(client.resets).toBeGreaterThan(0);
      client.stop();
    }
    await running;
    expect(clients.every(({ client }) => client.legs > 10)).toBe(true);
    await Promise.all(feeds.map((feed) => feed.close()));
    await dispose();
  });
}

function move(feed: ChangeFeed | undefined, collection = ""): void {
  feed?.moved(new Map([[USERS.aggregate, { collection, columns: new Map() }]]));
}

/** Commits of one to three documents each: new ones, changed ones, and deletions; in each collection others. */
async function writeTo(
  model: ReadModel,
  collections: readonly string[],
  each: (commit: number) => void,
): Promise<void> {
  const known = new Set<string>();
  let checkpoint = await model.openCheckpoint(newCheckpoint());
  for (let v = 0; v < COMMITS; v++) {
    const ids = new Set([v * 7, v * 11 + 3, v * v].map((number) => IDS[number % IDS.length] ?? ""));
    const documents = [...ids].map((_id): StoredDocument => ({ _id, v, n: (v + _id.length) % 3 }));
    const gone = documents.filter(({ _id }, i) => known.has(_id) && (v + i) % 5 === 0);
    const puts = documents.filter((document) => !gone.includes(document));
    const writes = collections.map((collection, build) => {
      const made = puts.map((document): StoredDocument => ({ ...document, v: v + build * COMMITS }));
      return writesTo(collection, {
        inserts: made.filter(({ _id }) => !known.has(_id)),
        replacements: made.filter(({ _id }) => known.has(_id)),
        deletions: gone.map(({ _id }) => _id),
      });
    });
    const commit = nextCommit(checkpoint, ...writes);
    await model.commit(commit);
    each(v);
    for (const { _id } of puts) known.add(_id);
    for (const { _id } of gone) known.delete(_id);
    checkpoint = commit.checkpoint;
    await turns(2);
  }
}
