import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { decodeReceipt, encodeReceipt } from "../../src/model/receipt.ts";
import { EventqlProcess, runEventql } from "../support/gateway-process.ts";
import { codesOf, graphql } from "../support/graphql-client.ts";
import { uniqueName } from "../support/real-stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import type { E2EStack } from "./stacks/stack.ts";

const USERS = `query ($ids: [ID!]!) { users(where: { id: { in: $ids } }) { id firstname last_name email } }`;
const CHANGE = `mutation ($id: ID, $input: UserChangedInput!) {
  userChanged(id: $id, input: $input) { id receipt status user { id firstname last_name _meta { offset eventType } } }
}`;
const payloadSchema = z.object({ id: z.string(), receipt: z.string(), status: z.string(), user: z.unknown() });

/** Topics in, documents and GraphQL out: the same story on every stack, as separate processes. */
export function mainJob(name: string, open: (folder: string) => Promise<E2EStack>): void {
  describe(`the main job on the ${name} stack`, () => {
    const topic = uniqueName("appuser");
    const [a, b, c] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let stack: E2EStack;
    let gateway: EventqlProcess;
    let url = "";

    const flags = (): string[] => [...stack.args, "--schemas", join(folder.path, "schemas"), "--topics", topic];
    const startGateway = async (): Promise<void> => {
      gateway = new EventqlProcess(["start", "--port", "0", "--create-topics", ...flags()], stack.env);
      url = await gateway.ready();
    };
    const change = async (id: string, first: string, last: string) => {
      const { data } = await graphql(url, CHANGE, { id, input: { first_name: first, last_name: last } });
      return payloadSchema.parse(data?.["userChanged"]);
    };

    beforeAll(async () => {
      folder = await temporaryFolder();
      const schemas = join(folder.path, "schemas", topic);
      await mkdir(schemas, { recursive: true });
      await cp(new URL("../../schemas/appuser", import.meta.url), schemas, { recursive: true });
      stack = await open(folder.path);
      await startGateway();
    });

    afterAll(async () => {
      await gateway.kill();
      await stack.close();
      await folder.remove();
    });

    test("a mutation appends, and answers with the projected document", async () => {
      const payload = await change(a, "Ada", "Lovelace");
      expect(payload).toMatchObject({
        id: a,
        status: "PROJECTED",
        user: { id: a, firstname: "Ada", last_name: "Lovelace", _meta: { eventType: "app.user.UserChanged" } },
      });
      expect(payload.receipt).not.toBe("");
    });

    test("a list with `in` returns three aggregates, written in three ways, in one round trip", async () => {
      const produced = ["produce", "--topic", topic, "--key", b, "--schema", "UserChanged", ...flags()];
      const cli = await runEventql([...produced, '{"first_name":"Grace","last_name":"Hopper"}'], stack.env);
      expect(cli).toMatchObject({ code: 0 });
      const event = { first_name: "Edsger", last_name: "Dijkstra" };
      const value = await stack.serialize(topic, "app.user.UserChanged", event);
      await stack.produce(topic, [{ key: Buffer.from(c), value }]);
      await vi.waitFor(async () => {
        const { data } = await graphql(url, USERS, { ids: [a, b, c] });
        const users = z.array(z.object({ id: z.string(), firstname: z.string() }).loose()).parse(data?.["users"]);
        expect(new Map(users.map(({ id, firstname }) => [id, firstname]))).toEqual(
          new Map([
            [a, "Ada"],
            [b, "Grace"],
            [c, "Edsger"],
          ]),
        );
      });
    });

    test("a later event of another type updates the same document, and leaves the rest", async () => {
      const { data } = await graphql(
        url,
        `
          mutation ($id: ID) {
            userEmailChanged(id: $id, input: { email: "ada@example.com" }) {
              status
              user {
                firstname
                email
              }
            }
          }
        `,
        { id: a },
      );
      const user = { firstname: "Ada", email: "ada@example.com" };
      expect(data).toEqual({ userEmailChanged: { status: "PROJECTED", user } });
    });

    test("a query with a receipt reads its own write, without waiting in the mutation", async () => {
      const { data } = await graphql(
        url,
        `
          mutation ($id: ID) {
            userChanged(id: $id, input: { first_name: "Augusta", last_name: "King" }, wait: APPENDED) {
              receipt
              status
            }
          }
        `,
        { id: a },
      );
      const { receipt, status } = z.object({ receipt: z.string(), status: z.string() }).parse(data?.["userChanged"]);
      expect(status).toBe("APPENDED");
      const query = `query ($id: ID!, $receipt: String!) @consistentWith(receipt: $receipt, timeoutMs: 10000) { user(id: $id) { firstname } }`;
      expect(await graphql(url, query, { id: a, receipt })).toEqual({ data: { user: { firstname: "Augusta" } } });
      const byHeader = await graphql(
        url,
        `
          query ($id: ID!) {
            user(id: $id) {
              firstname
            }
          }
        `,
        { id: a },
        { "eventql-consistent-with": receipt },
      );
      expect(byHeader).toEqual({ data: { user: { firstname: "Augusta" } } });
    });

    test("a receipt that is not reached in time, or was made up, is an error, never a stale answer", async () => {
      const receipted = decodeReceipt((await change(b, "Grace", "Hopper")).receipt);
      const [position] = receipted.kind === "events" ? receipted.positions : [];
      if (position === undefined) throw new TypeError("the receipt is of no event");
      const future = encodeReceipt({ ...position, offset: position.offset + 1_000 });
      const query = `query ($receipt: String!) @consistentWith(receipt: $receipt, timeoutMs: 50) { users { id } }`;
      const tooEarly = await graphql(url, query, { receipt: future });
      expect(codesOf(tooEarly)).toEqual(["NOT_YET_PROJECTED"]);
      expect(tooEarly.data ?? undefined).toBeUndefined();
      expect(codesOf(await graphql(url, query, { receipt: "made-up" }))).toEqual(["RECEIPT_INVALID"]);
    });

    test("wrong input is an error with a code, and appends nothing", async () => {
      const before = await change(c, "Edsger W.", "Dijkstra");
      const missing = await graphql(url, CHANGE, { id: c, input: { first_name: "x" } });
      const unknown = await graphql(url, CHANGE, { id: c, input: { first_name: "x", last_name: "y", age: 1 } });
      const mistyped = await graphql(url, CHANGE, { id: c, input: { first_name: 5, last_name: "y" } });
      const empty = await graphql(url, CHANGE, { id: "", input: { first_name: "x", last_name: "y" } });
      for (const answer of [missing, unknown, mistyped]) expect(codesOf(answer)).toEqual(["BAD_USER_INPUT"]);
      expect(codesOf(empty)).toEqual(["KEY_INVALID"]);
      const { data } = await graphql(
        url,
        `
          query ($id: ID!) {
            user(id: $id) {
              id
              firstname
              last_name
              _meta {
                offset
                eventType
              }
            }
          }
        `,
        { id: c },
      );
      expect(data?.["user"]).toEqual(before.user);
    });

    test("asking for too much is refused, and says the limit", async () => {
      const answer = await graphql(
        url,
        `
          {
            users(limit: 1001) {
              id
            }
          }
        `,
      );
      expect(codesOf(answer)).toEqual(["LIMIT_EXCEEDED"]);
      expect(answer.errors?.[0]?.message).toContain("1000");
    });

    test("pages in a total order never overlap", async () => {
      const ids = Array.from({ length: 25 }, () => crypto.randomUUID());
      await Promise.all(ids.map(async (id) => await change(id, "Page", "Same")));
      const seen: string[] = [];
      for (let offset = 0; offset < 30; offset += 10) {
        const query = `query ($offset: Int) { users(where: { firstname: { eq: "Page" } }, orderBy: [{ last_name: ASC }], limit: 10, offset: $offset) { id } }`;
        const { data } = await graphql(url, query, { offset });
        seen.push(
          ...z
            .array(z.object({ id: z.string() }))
            .parse(data?.["users"])
            .map(({ id }) => id),
        );
      }
      expect(seen).toEqual([...ids].sort());
    });

    test("a tombstone deletes, by mutation and by command line", async () => {
      const [first, second] = [crypto.randomUUID(), crypto.randomUUID()];
      for (const id of [first, second]) await change(id, "Gone", "Soon");
      const { data } = await graphql(
        url,
        `
          mutation ($id: ID!) {
            deleteUser(id: $id) {
              id
              status
            }
          }
        `,
        { id: first },
      );
      expect(data).toEqual({ deleteUser: { id: first, status: "PROJECTED" } });
      const args = ["produce", "--topic", topic, "--key", second, "--tombstone", ...flags()];
      expect(await runEventql(args, stack.env)).toMatchObject({ code: 0 });
      await vi.waitFor(async () => {
        const { data: rest } = await graphql(url, USERS, { ids: [first, second] });
        expect(rest).toEqual({ users: [] });
      });
    });

    test("bad records are dead letters with their key parked, and everything else goes on", async () => {
      const [bad, other] = [crypto.randomUUID(), crypto.randomUUID()];
      const value = await stack.serialize(topic, "app.user.UserChanged", { first_name: "After", last_name: "Bad" });
      const unknownSchema = Buffer.concat([Buffer.from([0, 0x7f, 0xff, 0xff, 0xf0]), value.subarray(5)]);
      await stack.produce(topic, [
        { key: Buffer.from(`${bad}-text`), value: Buffer.from("not avro") },
        { key: Buffer.from(`${bad}-schema`), value: unknownSchema },
        { key: Buffer.from(`${bad}-short`), value: value.subarray(0, 7) },
        { key: null, value },
        { key: Buffer.from([0xff, 0xfe]), value },
        { key: Buffer.from(`${bad}-text`), value },
        { key: Buffer.from(other), value },
      ]);
      await vi.waitFor(async () => {
        const { data } = await graphql(url, USERS, { ids: [other, `${bad}-text`] });
        expect(data).toMatchObject({ users: [{ id: other, firstname: "After" }] });
      });
      const { data } = await graphql(url, CHANGE, { id: `${bad}-text`, input: { first_name: "x", last_name: "y" } });
      expect(data?.["userChanged"]).toMatchObject({ status: "DEAD_LETTERED", user: null });
    });

    test("SIGTERM ends it with exit code 0, what it knew survives, and bad records are stored with their reasons", async () => {
      const payload = await change(b, "Rear Admiral Grace", "Hopper");
      // The bad records lie on several partitions, each projected at its own pace: they are all awaited.
      const letters = await vi.waitFor(async () => {
        const found = await stack.collection("eventql_dead_letters");
        const codes = found
          .map(({ code, topic: of }) => (of === topic && typeof code === "string" ? code : "elsewhere"))
          .toSorted((x, y) => (x < y ? -1 : 1));
        expect(codes).toEqual([
          "EVENT_INVALID",
          "KEY_INVALID",
          "KEY_INVALID",
          "KEY_PARKED",
          "KEY_PARKED",
          "NOT_AVRO",
          "SCHEMA_NOT_FOUND",
        ]);
        return found;
      });
      gateway.signal("SIGTERM");
      expect(await gateway.exit()).toBe(0);
      expect(await stack.collection("eventql_dead_letters")).toHaveLength(letters.length);
      expect(
        letters.every(({ reason, offset, partition }) => [reason, offset, partition].every((x) => x !== undefined)),
      ).toBe(true);
      expect(await stack.collection("eventql_parked_keys")).toHaveLength(3);
      await startGateway();
      const { data } = await graphql(
        url,
        `
          query ($id: ID!) {
            user(id: $id) {
              id
              firstname
              last_name
              _meta {
                offset
                eventType
              }
            }
          }
        `,
        { id: b },
      );
      expect(data?.["user"]).toEqual(payload.user);
    });
  });
}
