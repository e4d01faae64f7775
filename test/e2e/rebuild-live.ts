import { cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import avsc from "avsc";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { eventql } from "../cli/run-cli.ts";
import { EventqlProcess } from "../support/gateway-process.ts";
import { graphql } from "../support/graphql-client.ts";
import { LiveClient, type Received, subscribeBySse } from "../support/live-client.ts";
import { uniqueName } from "../support/real-stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import type { E2EStack } from "./stacks/stack.ts";

const CHANGES = `subscription ($where: UserWhere, $snapshot: Boolean, $after: Cursor) {
  userChanges(where: $where, snapshot: $snapshot, after: $after) { operation id cursor user { firstname } }
}`;
const STATES = "builds { state progress { percent } }";
const KEYS = Array.from({ length: 40 }, (_, index) => `k${index}`);
/** Of those whose names a subscriber asks for. */
const WHERE = { firstname: { startsWith: "a" } };
const PATIENCE = { timeout: 12_000, interval: 20 };

const user = z.object({ firstname: z.string() });
const item = z.object({
  data: z.object({
    userChanges: z.object({ operation: z.string(), id: z.string(), cursor: z.string(), user: user.nullable() }),
  }),
});
type Change = z.infer<typeof item>["data"]["userChanges"];

function changesOf({ items }: Received): readonly Change[] {
  return items.map((each) => item.parse(each).data.userChanges);
}

/** What is to be there by the changes, and what was told that can't be. */
function folded(changes: readonly Change[]): {
  readonly names: ReadonlyMap<string, string>;
  readonly wrong: readonly Change[];
} {
  const names = new Map<string, string>();
  const wrong = changes.filter(({ operation, id, user: now }) => {
    const known = names.has(id);
    if (operation === "RESET") names.clear();
    else if (now === null) names.delete(id);
    else names.set(id, now.firstname);
    return known ? operation === "SNAPSHOT" || operation === "INSERT" : operation === "UPDATE";
  });
  return { names, wrong };
}

/** A rebuild as those see it who are subscribed, and those who ask for it: the same on every stack. */
export function rebuildLive(name: string, open: (folder: string) => Promise<E2EStack>): void {
  describe(`a rebuild under load on the ${name} stack`, () => {
    const topic = uniqueName("appuser");
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let stack: E2EStack;
    let gateway: EventqlProcess;
    let url = "";
    let client: LiveClient;
    let encode: (first: string) => Buffer;
    let version = 0;

    /** Changes some documents, and deletes one. */
    const produce = async (count: number): Promise<void> => {
      const records = Array.from({ length: count }, () => {
        const number = version++;
        const key = Buffer.from(KEYS[(number * 7) % KEYS.length] ?? "");
        const first = `${"ab".charAt(Math.floor(number / 3) % 2)}${number}`;
        return { key, value: number % 23 === 22 ? null : encode(first) };
      });
      await stack.produce(topic, records);
    };
    const ask = async (query: string): Promise<unknown> => {
      const { data, errors } = await graphql(url, query);
      expect(errors).toBeUndefined();
      return data;
    };
    const stored = async (): Promise<ReadonlyMap<string, string>> => {
      const data = await ask("{ users(limit: 1000) { id firstname } }");
      const { users } = z.object({ users: z.array(user.extend({ id: z.string() })) }).parse(data);
      return new Map(users.map(({ id, firstname }) => [id, firstname]));
    };
    /** All who follow have what is stored, and nothing was told that can't be. */
    const agree = async (all: Received, others: readonly Received[], filtered: Received): Promise<void> => {
      await vi.waitFor(async () => {
        const names = await stored();
        expect(folded(changesOf(all)).names).toEqual(names);
        for (const each of others) expect(folded(changesOf(each)).names).toEqual(names);
        const some = [...names].filter(([, first]) => first.startsWith("a"));
        const seen = [...folded(changesOf(filtered)).names].filter(([id]) => some.some(([other]) => id === other));
        expect(new Map(seen)).toEqual(new Map(some));
      }, PATIENCE);
      expect([all, ...others].flatMap((each) => folded(changesOf(each)).wrong)).toEqual([]);
    };
    const resets = (received: Received): number =>
      changesOf(received).filter(({ operation }) => operation === "RESET").length;

    beforeAll(async () => {
      folder = await temporaryFolder();
      const schemas = join(folder.path, "schemas", topic);
      await mkdir(schemas, { recursive: true });
      await cp("schemas/appuser", schemas, { recursive: true });
      stack = await open(folder.path);
      const flags = ["--schemas", join(folder.path, "schemas"), "--topics", topic, ...stack.args];
      gateway = new EventqlProcess(["start", "--port", "0", "--create-topics", ...flags], stack.env);
      url = await gateway.ready();
      client = new LiveClient(url);
      const avro = avsc.Type.forSchema(JSON.parse(await readFile("schemas/appuser/UserChanged.avsc", "utf8")));
      const sample = { first_name: "a", last_name: "b" };
      const header = (await stack.serialize(topic, "app.user.UserChanged", sample)).subarray(0, 5);
      encode = (first) => Buffer.concat([header, avro.toBuffer({ first_name: first, last_name: "x" })]);
      await produce(KEYS.length);
      await vi.waitFor(async () => expect((await stored()).size).toBeGreaterThan(30), PATIENCE);
    });

    afterAll(async () => {
      await client.close();
      await gateway.kill();
      await stack.close();
      await folder.remove();
    });

    test("is a reset and a snapshot to each subscriber, with no gap, and can be taken back", async () => {
      const all = client.subscribe(CHANGES, { snapshot: true });
      const same = client.subscribe(CHANGES, { snapshot: true });
      const bySse = subscribeBySse(url, CHANGES, { snapshot: true });
      const filtered = client.subscribe(CHANGES, { snapshot: true, where: WHERE });
      const followers = [all, same, bySse, filtered];
      await Promise.all(followers.map(async (each) => await each.atLeast(10)));
      const progress = client.subscribe(`subscription { projectionProgress(name: "${topic}") { ${STATES} } }`);

      const loaded = new AbortController();
      const load = async (): Promise<void> => {
        while (!loaded.signal.aborted) {
          await produce(5);
          await delay(20);
        }
      };
      const loading = load();
      const options = { cwd: folder.path, env: { EVENTQL_URL: url } };
      const rebuilt = await eventql(["rebuild", topic, "--compare"], options);
      expect(rebuilt).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/All \d+ documents are equal/) });
      expect(rebuilt.stdout).toMatch(/the build \w{8} is live .*; \w{8} is kept/);
      await vi.waitFor(() => expect(followers.map(resets)).toEqual([1, 1, 1, 1]), PATIENCE);
      loaded.abort();
      await loading;
      await agree(all, [same, bySse], filtered);

      const last = changesOf(all);
      const before = last[last.findIndex(({ operation }) => operation === "RESET") - 1]?.cursor;
      const resumed = client.subscribe(CHANGES, { after: before });
      const current = client.subscribe(CHANGES, { after: last.at(-1)?.cursor });
      await agree(all, [resumed], filtered);
      expect([changesOf(resumed)[0]?.operation, resets(resumed), resets(current)]).toEqual(["RESET", 1, 0]);

      const state = await ask(`{ projections(name: "${topic}") { swap isFollowed builds { state } } }`);
      const builds = [{ state: "LIVE" }, { state: "PREVIOUS" }];
      expect(state).toEqual({ projections: [{ swap: "MANUAL", isFollowed: true, builds }] });
      const restored = await eventql(["rebuild", topic, "--restore"], options);
      expect(restored).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("is live again") });
      const goingOn = [...followers, current];
      await vi.waitFor(() => expect(goingOn.map(resets)).toEqual([2, 2, 2, 2, 1]), PATIENCE);
      await produce(10);
      await agree(all, [same, bySse], filtered);
      await vi.waitFor(() => expect(JSON.stringify(progress.items)).toContain('"PREVIOUS"'), PATIENCE);

      const listed = await eventql(["projections", topic, "--json"], options);
      const discarded = await ask(`mutation { discardProjection(name: "${topic}") { builds { state } } }`);
      expect(JSON.parse(listed.stdout)).toMatchObject([
        { name: topic, next: null, previous: { id: expect.any(String) } },
      ]);
      expect(discarded).toEqual({ discardProjection: { builds: [{ state: "LIVE" }] } });
      for (const each of [...followers, resumed, current, progress]) each.stop();
      expect(followers.map(resets)).toEqual([2, 2, 2, 2]);
    });
  });
}
