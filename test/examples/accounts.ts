import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { EventLog } from "../../src/event-log/event-log.ts";
import { partitionOf } from "../../src/event-log/partition.ts";
import type { E2EStack } from "../e2e/stacks/stack.ts";
import { EventqlProcess } from "../support/gateway-process.ts";
import { graphql } from "../support/graphql-client.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const EVENTUALLY = { timeout: 15_000, interval: 50 };

const DAY_MS = 86_400_000;

/** When the events expire that the tests publish as if they were old. */
const LONG_AGO = Date.now() - 31 * DAY_MS;

const Scripts = z.object({ scripts: z.object({ "example:accounts": z.string() }) });

/** The arguments of `eventql` in the script that starts the example. */
async function scriptArguments(): Promise<readonly string[]> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  const words = Scripts.parse(JSON.parse(text)).scripts["example:accounts"].split(" ");
  return words.slice(words.indexOf("src/main.ts") + 1);
}

/** A record as another program has written it some time ago. */
export interface OldRecord {
  readonly topic: string;
  readonly key: string;
  readonly value: Buffer;
  /** In ms. */
  readonly timestamp: number;
}

/** What a test of the accounts needs of a stack. */
export interface AccountsStack extends E2EStack {
  /** The log, beside the example. */
  readonly log: EventLog;
  readonly produceOld: (record: OldRecord) => Promise<void>;
  /** Lets all events of a topic be old enough to expire. */
  readonly expire: (topic: string) => Promise<void>;
}

/** The accounts as their users have them. `open` makes a stack ready whose cleaner runs soon. */
export function accountsSuite(name: string, open: (folder: string) => Promise<AccountsStack>): void {
  describe(`the accounts on the ${name} stack`, () => {
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let stack: AccountsStack;
    let accounts: EventqlProcess;
    let url = "";

    beforeAll(async () => {
      folder = await temporaryFolder();
      stack = await open(folder.path);
      accounts = new EventqlProcess([...(await scriptArguments()), "--port", "0", ...stack.args], stack.env);
      url = await accounts.ready();
    });

    afterAll(async () => {
      await accounts.kill();
      await stack.close();
      await folder.remove();
    });

    const ask = async (text: string): Promise<unknown> => {
      const { data, errors } = await graphql(url, text);
      expect(errors).toBeUndefined();
      return data;
    };

    const save = async (id: string, owner: string): Promise<void> => {
      const saved = await ask(
        `mutation { accountSaved(id: "${id}", input: { owner: "${owner}", kind: CURRENT, currency: "EUR" }) { status account { owner } } }`,
      );
      expect(saved).toEqual({ accountSaved: { status: "PROJECTED", account: { owner } } });
    };

    /** The records of a key that the log has, and of others how many. */
    const inLog = async (topic: string, key: string): Promise<readonly string[]> => {
      const partition = partitionOf(Buffer.from(key), 4);
      const { records } = await stack.log.readRange({ topic, partition, from: 0 });
      return records
        .filter((record) => Buffer.from(record.key ?? []).toString() === key)
        .map(({ value }) => (value === null ? "tombstone" : "event"));
    };

    test("are created, listed, changed and deleted, which removes them from the log too", async () => {
      await save("ada", "Ada");
      await save("grace", "Grace");
      await save("ada", "Ada Lovelace");
      expect(await ask("{ accounts(orderBy: [{ owner: ASC }]) { id owner kind currency } }")).toEqual({
        accounts: [
          { id: "ada", owner: "Ada Lovelace", kind: "CURRENT", currency: "EUR" },
          { id: "grace", owner: "Grace", kind: "CURRENT", currency: "EUR" },
        ],
      });
      expect(await ask(`mutation { deleteAccount(id: "ada") { status } }`)).toEqual({
        deleteAccount: { status: "PROJECTED" },
      });
      expect(await ask(`{ account(id: "ada") { id } accounts { id } }`)).toEqual({
        account: null,
        accounts: [{ id: "grace" }],
      });
      const beside = besides("ada");
      const left = async (): Promise<unknown> => {
        // On Kafka what is written last isn't cleaned before something comes behind it.
        await save(beside, "Somebody");
        return [await inLog("accounts", "ada"), (await inLog("accounts", beside)).length > 0];
      };
      await expect.poll(left, EVENTUALLY).toEqual([[], true]);
      expect(await ask(`{ account(id: "ada") { id } grace: account(id: "grace") { owner } }`)).toEqual({
        account: null,
        grace: { owner: "Grace" },
      });
    });

    const publish = async (type: string, id: string, amount: string): Promise<void> => {
      expect(await ask(`mutation { ${type}(id: "${id}", input: { amount: "${amount}" }) { status } }`)).toEqual({
        [type]: { status: "PROJECTED" },
      });
    };

    const events = async (id: string): Promise<unknown> =>
      await ask(
        `{ activityEvents(id: "${id}") { nodes { __typename ... on Deposited { amount } ... on Withdrawn { amount } } } }`,
      );

    const daily = async (id: string): Promise<unknown> =>
      await ask(
        `{ dailyActivities(where: { account: { eq: "${id}" } }, orderBy: [{ windowStart: ASC }, { type: ASC }]) {
             type events total average smallest largest newest } }`,
      );

    test("have events in their order, and statistics of each day that stay when the events have expired", async () => {
      await publish("deposited", "ada", "10.00");
      await publish("withdrawn", "ada", "2.50");
      await publish("deposited", "ada", "0.01");
      const old = await stack.serialize("account-events", "bank.Deposited", { amount: Buffer.from([0x13, 0x88]) });
      await stack.produceOld({ topic: "account-events", key: "ada", value: old, timestamp: LONG_AGO });
      const deposited = (total: string, others: object = {}): object => ({
        type: "Deposited",
        events: "1",
        total,
        ...others,
      });
      const once = (amount: string): object => ({
        average: `${amount}0000`,
        smallest: amount,
        largest: amount,
        newest: amount,
      });
      const statistics = {
        dailyActivities: [
          deposited("50.00", once("50.00")),
          deposited("10.01", { events: "2", average: "5.005000", smallest: "0.01", largest: "10.00", newest: "0.01" }),
          { ...deposited("2.50", once("2.50")), type: "Withdrawn" },
        ],
      };
      await expect.poll(async () => await daily("ada"), EVENTUALLY).toEqual(statistics);
      expect(await events("ada")).toEqual({
        activityEvents: {
          nodes: [
            { __typename: "Deposited", amount: "10.00" },
            { __typename: "Withdrawn", amount: "2.50" },
            { __typename: "Deposited", amount: "0.01" },
          ],
        },
      });
      const day = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Berlin" }).format(LONG_AGO);
      const [window] = [await ask(`{ dailyActivity(id: "ada/Deposited/${day}") { windowStart windowEnd total } }`)];
      expect(window).toMatchObject({ dailyActivity: { total: "50.00" } });

      await stack.expire("account-events");
      const expired = async (): Promise<boolean> =>
        (await stack.log.offsets("account-events")).every(({ low, high }) => low === high);
      await expect.poll(expired, EVENTUALLY).toBe(true);
      expect(await inLog("account-events", "ada")).toEqual([]);
      expect(await daily("ada")).toEqual(statistics);
      expect(await ask(`{ activity(id: "ada") { deposited withdrawn } }`)).toEqual({
        activity: { deposited: "60.01", withdrawn: "2.50" },
      });
      // What comes later goes on from there.
      await publish("deposited", "ada", "1.00");
      await expect
        .poll(async () => await daily("ada"), EVENTUALLY)
        .toMatchObject({ dailyActivities: [{}, { events: "3", total: "11.01" }, {}] });
    });
  });
}

/** Another key whose records are in the same partition. */
function besides(key: string): string {
  const partition = partitionOf(Buffer.from(key), 4);
  const candidates = Array.from({ length: 100 }, (_, index) => `other-${index}`);
  return candidates.find((other) => partitionOf(Buffer.from(other), 4) === partition) ?? key;
}
