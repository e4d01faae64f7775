import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { inSeconds, sign } from "../../security/support/tokens.ts";
import { EventWatch, change } from "./admin.ts";
import { OWNER, READER, bearer } from "./callers.ts";
import type { House } from "./house.ts";
import { type Stream, type Watch, watch } from "./subscriptions.ts";
import { type Result, told } from "./transports.ts";

const CHANGES = `subscription ($after: Cursor) {
  userChanges(after: $after) { operation id cursor user { firstname } previous { firstname } }
}`;
const EVENTS = `subscription ($after: Cursor) {
  userEventStream(after: $after) { __typename ... on UserChanged { id first_name _meta { cursor } } }
}`;
const ACCOUNTS =
  "subscription ($after: Cursor) { accountChanges(after: $after) { operation id cursor account { owner } } }";

const changed = z.object({ data: z.record(z.string(), z.object({ operation: z.string(), cursor: z.string() })) });
const ending = z.tuple([
  z.object({ extensions: z.object({ code: z.literal("TOKEN_EXPIRED"), details: z.object({ cursor: z.string() }) }) }),
]);

/** A change of an account that leaves it as it is. */
const TOUCHED = 'accountOpened(id: "own", input: { owner: "ann", pin: "hidden" }) { status }';

/** Long enough to subscribe and to be told something. */
const SECONDS = 3;

/** A subscription with a token that ends, beside the same with one that lasts. */
class Interrupted {
  readonly #begin: (after: string, seconds: number) => Promise<Watch>;
  readonly #watches: Watch[] = [];

  constructor(house: House, by: Stream, claims: object, query: string) {
    this.#begin = async (after, seconds) => {
      const token = await sign(house.issuer, { ...claims, exp: inSeconds(seconds) });
      const begun = watch(house.url, by, { query, variables: { after } }, bearer(token));
      this.#watches.push(begun);
      return begun;
    };
  }

  async open(after: string): Promise<void> {
    await this.#begin(after, 600);
    await this.#begin(after, SECONDS);
  }

  /** Once so many items came to the one that lasts, and to the others together. */
  async received(count: number): Promise<void> {
    const [lasting, short, resumed] = this.#watches;
    await lasting?.received.atLeast(count);
    if (resumed === undefined) await short?.received.atLeast(count);
    else await resumed.received.atLeast(count - this.parts().short.length);
  }

  /** Waits for the end of the token, and goes on with a new one from where it ended. */
  async resume(): Promise<void> {
    const [, short] = this.#watches;
    await short?.received.over();
    const [{ extensions }] = ending.parse(endOf(short));
    await this.#begin(extensions.details.cursor, 600);
  }

  /** What came to the one that lasts, and to the two of which one went on where the other ended. */
  parts(): {
    readonly lasting: readonly Result[];
    readonly short: readonly Result[];
    readonly resumed: readonly Result[];
  } {
    const [lasting = [], short = [], resumed = []] = this.#watches.map(({ received }) =>
      received.items.map(told).filter(({ data }) => data !== undefined),
    );
    return { lasting, short, resumed };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#watches.map(async (one) => await one.stop()));
  }
}

/** Of a WebSocket an error; of SSE the last result. */
function endOf(ended: Watch | undefined): unknown {
  const last = z.object({ errors: z.unknown() }).safeParse(ended?.received.items.at(-1));
  return ended?.received.failure ?? last.data?.errors;
}

/** Tokens that end while subscriptions run. */
export function expirySuite(house: () => House): void {
  describe("a token that expires", () => {
    test("ends what runs with a cursor, and a new token goes on there without a gap", async () => {
      const users = await changesCursor(house(), "user", renamed("ann", "Zero"));
      const accounts = await changesCursor(house(), "account", TOUCHED);
      const events = await eventsCursor(house());
      const streams = (["SSE", "WebSocket by connection_init"] as const).map((by) => ({
        changes: new Interrupted(house(), by, READER, CHANGES),
        events: new Interrupted(house(), by, { role: "self", sub: OWNER }, EVENTS),
        // Told nothing before its end, it goes on where it began.
        quiet: new Interrupted(house(), by, READER, ACCOUNTS),
      }));
      const all = streams.flatMap((by) => Object.values(by));
      for (const { changes, events: ofUser, quiet } of streams)
        await Promise.all([changes.open(users), ofUser.open(events), quiet.open(accounts)]);
      await rename(house(), "First");
      await Promise.all(streams.flatMap((by) => [by.changes.received(1), by.events.received(1)]));
      await Promise.all(all.map(async (one) => await one.resume()));
      await rename(house(), "Second");
      await change(house(), TOUCHED);
      await rename(house(), "Third");
      await Promise.all(streams.flatMap((by) => [by.changes.received(3), by.events.received(3), by.quiet.received(1)]));
      for (const one of streams.flatMap((by) => [by.changes, by.events])) {
        const { lasting, short, resumed } = one.parts();
        expect([short.length, resumed.length]).toEqual([1, 2]);
        expect([...short, ...resumed]).toEqual(lasting);
        expect(JSON.stringify(lasting)).toMatch(/First.*Second.*Third/);
        expect(JSON.stringify(lasting)).not.toContain("foreign");
      }
      for (const { quiet } of streams) {
        const { lasting, short, resumed } = quiet.parts();
        expect([short.length, resumed]).toEqual([0, lasting]);
      }
      await Promise.all(all.map(async (one) => await one.stop()));
    });
  });
}

async function rename(house: House, first: string): Promise<void> {
  await change(house, renamed("bob", "foreign"));
  await change(house, renamed("ann", first));
}

function renamed(id: string, first: string): string {
  return `userChanged(id: "${id}", input: { first_name: "${first}", last_name: "${id}" }) { status }`;
}

/** Where changes begin now: an administrator's cursor, for it is no secret and gives nobody more to see. */
async function changesCursor(house: House, aggregate: string, touch: string): Promise<string> {
  const root = `${aggregate}Changes`;
  const operation = { query: `subscription { ${root}(snapshot: true) { operation cursor } }` };
  const { received, stop } = watch(house.url, "WebSocket by headers", operation, house.proofs.admin);
  await received.atLeast(1);
  await change(house, touch);
  const updated = await vi.waitFor(() => {
    const items = received.items.map((item) => changed.parse(item).data[root]);
    const found = items.find((item) => item?.operation === "UPDATE");
    if (found === undefined) throw new RangeError(`no update among ${items.length} changes`);
    return found;
  });
  await stop();
  return updated.cursor;
}

async function eventsCursor(house: House): Promise<string> {
  const events = await EventWatch.open(house, "User");
  const cursor = await events.cursor();
  await events.close();
  return cursor;
}
