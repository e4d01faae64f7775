import { setImmediate as nextTurn } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { ChangeFeed, ChangeRequest } from "../../../src/feed/change-feed.ts";
import { type ChangeFeedOptions, createChangeFeed } from "../../../src/feed/changes/create-change-feed.ts";
import type { Feed } from "../../../src/feed/feed.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import type { FakeReadModel, Gate } from "./fake-read-model.ts";
import { FakeSink } from "./fake-sink.ts";

/** A feed that is closed with the test. */
export function feedOf(readModel: FakeReadModel, options: Partial<ChangeFeedOptions> = {}): ChangeFeed {
  const feed = createChangeFeed({ readModel, logger: silentLogger, lingerMs: 0, ...options });
  onTestFinished(() => feed.close());
  return feed;
}

/** The documents that requests are for, where nothing else is said. */
export const USERS = { aggregate: "User", collection: "users" };

/** A request for everything of `users`, but for what is named. */
export function request(fields: Partial<ChangeRequest> = {}): ChangeRequest {
  return { ...USERS, columns: new Map(), where: {}, scope: undefined, snapshot: false, after: undefined, ...fields };
}

export interface Subscribed {
  readonly sink: FakeSink;
  readonly feed: Feed;
}

/** Subscribes, and lets the subscriber come as far as it can. */
export async function subscribe(
  feed: ChangeFeed,
  fields: Partial<ChangeRequest> = {},
  sink: FakeSink = new FakeSink(),
): Promise<Subscribed> {
  const subscription = await feed.subscribe(request(fields), sink);
  await turns();
  return { sink, feed: subscription };
}

/** Lets everything go on that waits for nothing but its turn. */
export async function turns(count: number = 5): Promise<void> {
  for (let i = 0; i < count; i++) await nextTurn();
}

/** Holds up the steps of one kind until each is let go. */
export function hold(model: FakeReadModel, kind: Parameters<Gate>[0]): { readonly letGo: () => void } {
  const held: (() => void)[] = [];
  model.gate = (step) => (step === kind ? new Promise((resolve) => held.push(resolve)) : Promise.resolve());
  return {
    letGo: () => {
      model.gate = async () => {};
      for (const resolve of held.splice(0)) resolve();
    },
  };
}
