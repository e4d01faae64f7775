import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import avsc from "avsc";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import type { StoredDocument } from "../../src/read-model/read-model.ts";
import type { SchemaRegistry } from "../../src/schema-registry/schema-registry.ts";
import { EventqlProcess, runEventql } from "../support/gateway-process.ts";
import { graphql } from "../support/graphql-client.ts";
import { LiveClient } from "../support/live-client.ts";
import { uniqueName } from "../support/real-stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** What the suite needs to know of a stack. */
export interface HotReloadStack {
  /** Flags and environment that select the stack, with a database of its own. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The registry, as another process uses it. */
  readonly registry: SchemaRegistry;
  /** Undefined: schemas can't be deleted. */
  readonly deleteSubject?: (subject: string) => Promise<void>;
  produce(topic: string, key: string, value: Buffer): Promise<void>;
  collection(name: string): Promise<readonly StoredDocument[]>;
  close(): Promise<void>;
}

/** An Avro record. */
interface Named {
  readonly name: string;
  readonly [attribute: string]: unknown;
}

const PATIENCE = { timeout: 20_000, interval: 50 };
const RECORD = { type: "record", namespace: "hot" };
const text = { type: "string" };
const optional = { type: ["null", "string"], default: null };
const opened = { ...RECORD, name: "Opened", eventql: { aggregate: "Account" }, fields: [{ name: "owner", ...text }] };
const openedWithCity = { ...opened, fields: [...opened.fields, { name: "city", ...optional }] };
const openedWithHolder = {
  ...opened,
  fields: [
    { name: "holder", ...text, aliases: ["owner"] },
    { name: "city", ...optional },
    { name: "phone", ...optional },
  ],
};
const openedWithPhone = { ...opened, fields: [...openedWithCity.fields, { name: "phone", ...optional }] };
const accountChange = z.object({
  data: z.object({
    accountChanges: z.object({ operation: z.string(), cursor: z.string(), account: z.record(z.string(), z.unknown()) }),
  }),
});
const renamed: Named = { ...RECORD, name: "Renamed", fields: [{ name: "owner", ...text }] };
const sent = { ...RECORD, name: "Sent", eventql: { aggregate: "Parcel" }, fields: [{ name: "weight", type: "int" }] };
const readySchema = z.looseObject({
  catalogProblems: z.array(z.looseObject({ code: z.string(), topic: z.string().optional(), since: z.string() })),
  waitingForCatalog: z.array(z.looseObject({ topic: z.string(), schemaId: z.number() })),
});

/** Schemas that are registered while a gateway runs: the same story on every stack. */
export function hotReload(name: string, open: (folder: string) => Promise<HotReloadStack>): void {
  describe(`hot reload on the ${name} stack`, () => {
    const topic = uniqueName("account");
    const parcels = uniqueName("parcel");
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let stack: HotReloadStack;
    let gateway: EventqlProcess;
    let url = "";

    const register = async (of: string, schema: Named): Promise<number> => {
      const { id } = await stack.registry.register(`${of}-hot.${schema.name}`, JSON.stringify(schema));
      return id;
    };
    const bytes = (id: number, schema: avsc.Schema, event: object): Buffer => {
      const header = Buffer.alloc(5);
      header.writeInt32BE(id, 1);
      return Buffer.concat([header, avsc.Type.forSchema(schema).toBuffer(event)]);
    };
    const answers = async (query: string, data: object): Promise<void> => {
      await vi.waitFor(async () => {
        expect(await graphql(url, query)).toEqual({ data });
      }, PATIENCE);
    };
    const details = async () => readySchema.parse(await (await fetch(`${url}/readyz`)).json());

    beforeAll(async () => {
      folder = await temporaryFolder();
      stack = await open(folder.path);
      await register(topic, opened);
      const flags = ["--port", "0", "--create-topics", "--log-format", "json", "--topics", `${topic},${parcels}`];
      gateway = new EventqlProcess(["start", ...flags, ...stack.args], {
        ...stack.env,
        SCHEMA_REGISTRY_POLL_MS: "200",
      });
      url = await gateway.ready();
    });

    afterAll(async () => {
      await gateway.kill();
      await stack.close();
      await folder.remove();
    });

    test("a new version's field can be asked for, and is in the document of an event that came before the API", async () => {
      await graphql(
        url,
        `
          mutation {
            opened(id: "a", input: { owner: "Ada" }) {
              status
            }
          }
        `,
      );
      const id = await register(topic, openedWithCity);
      await stack.produce(topic, "b", bytes(id, schemaOf(openedWithCity), { owner: "Grace", city: "NY" }));
      const accounts = [
        { id: "a", owner: "Ada", city: null },
        { id: "b", owner: "Grace", city: "NY" },
      ];
      await answers("{ accounts(orderBy: [{ id: ASC }]) { id owner city } }", { accounts });
      const change = `mutation { opened(id: "a", input: { owner: "Ada", city: "London" }) { status account { city } } }`;
      await answers(change, { opened: { status: "PROJECTED", account: { city: "London" } } });
      expect(await stack.collection("eventql_dead_letters")).toEqual([]);
    });

    test("a subscription goes on over a reload, and its cursor is taken up with the new columns", async () => {
      const client = new LiveClient(url);
      const query = (columns: string): string =>
        `subscription ($after: Cursor) { accountChanges(where: { id: { eq: "s" } }, after: $after) {
          operation cursor account { ${columns} }
        } }`;
      const open = (id: string, input: string): Promise<unknown> =>
        graphql(url, `mutation { opened(id: "${id}", input: { ${input} }) { status } }`);
      const running = client.subscribe(query("owner"));
      await vi.waitFor(async () => {
        await open("s", 'owner: "before"');
        await running.atLeast(1, 500);
      }, PATIENCE);
      const known = running.items.length;
      await register(topic, openedWithPhone);
      await answers('{ accounts(where: { id: { eq: "s" } }) { phone } }', { accounts: [{ phone: null }] });
      await open("s", 'owner: "after", phone: "1"');
      const items = z.array(accountChange).parse(await running.atLeast(known + 1));
      expect(items.at(-1)?.data.accountChanges.account).toEqual({ owner: "after" });
      expect(running.isOver).toBe(false);
      const after = items[known - 1]?.data.accountChanges.cursor;
      const resumed = client.subscribe(query("owner phone"), { after });
      const [next] = z.array(accountChange).parse(await resumed.atLeast(1));
      expect(next?.data.accountChanges).toMatchObject({ operation: "UPDATE", account: { owner: "after", phone: "1" } });
      await client.close();
    });

    test("the first subject of a topic, registered by the command line, makes the topic, its API and its projection", async () => {
      const schemas = join(folder.path, "parcels");
      await mkdir(join(schemas, parcels), { recursive: true });
      await writeFile(join(schemas, parcels, "Sent.avsc"), JSON.stringify(sent));
      expect(await runEventql(["schema", "register", schemas, ...stack.args], stack.env)).toMatchObject({ code: 0 });
      await answers("{ parcels { id } }", { parcels: [] });
      const send = `mutation { sent(id: "p", input: { weight: 3 }) { status parcel { weight } } }`;
      await answers(send, { sent: { status: "PROJECTED", parcel: { weight: 3 } } });
      await answers('{ accounts(where: { id: { eq: "a" } }) { city } }', { accounts: [{ city: "London" }] });
    });

    test("a wrong hint keeps the topic's API and says why; its events wait, and are applied when it is mended", async () => {
      const wrong = { ...renamed, eventql: { effect: "upsertt" } };
      const id = await register(topic, wrong);
      await stack.produce(topic, "a", bytes(id, schemaOf(wrong), { owner: "Augusta" }));
      await vi.waitFor(async () => {
        const { catalogProblems, waitingForCatalog } = await details();
        expect(catalogProblems).toMatchObject([{ code: "CATALOG_INVALID", topic }]);
        expect(waitingForCatalog).toMatchObject([{ topic, schemaId: id }]);
      }, PATIENCE);
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      await answers(`{ account(id: "a") { owner } parcels { id } }`, {
        account: { owner: "Ada" },
        parcels: [{ id: "p" }],
      });
      const send = `mutation { sent(id: "q", input: { weight: 4 }) { status } }`;
      await answers(send, { sent: { status: "PROJECTED" } });

      await register(topic, { ...renamed, eventql: { effect: "update" } });
      await answers(`{ account(id: "a") { owner city } }`, { account: { owner: "Augusta", city: "London" } });
      expect(await details()).toMatchObject({ catalogProblems: [], waitingForCatalog: [] });
      await answers(`mutation { renamed(id: "a", input: { owner: "Ada" }) { status } }`, {
        renamed: { status: "PROJECTED" },
      });
      expect(await stack.collection("eventql_dead_letters")).toEqual([]);
      const told = gateway.output.split("\n").filter((line) => line.includes("upsertt"));
      expect(told.map((line) => z.looseObject({ level: z.unknown() }).parse(JSON.parse(line)).level)).toHaveLength(2);
    });

    test("a type that was put under a subject of another topic holds nothing up", async () => {
      const stray = { ...RECORD, name: "Stray", fields: [] };
      const id = await register(uniqueName("elsewhere"), stray);
      await stack.produce(topic, "s", bytes(id, schemaOf(stray), {}));
      await stack.produce(topic, "s2", bytes(await register(topic, opened), schemaOf(opened), { owner: "After" }));
      await answers(`{ account(id: "s2") { owner } }`, { account: { owner: "After" } });
      await vi.waitFor(async () => {
        expect(await stack.collection("eventql_dead_letters")).toMatchObject([{ code: "EVENT_TYPE_UNKNOWN" }]);
      }, PATIENCE);
    });

    test("a renamed field is read, filtered, ordered and written by both names, in documents of either version", async () => {
      await answers(`mutation { opened(id: "r1", input: { owner: "Rosa" }) { status } }`, {
        opened: { status: "PROJECTED" },
      });
      await register(topic, openedWithHolder);
      const select = "{ id holder owner }";
      const accountOf = (id: string, holder: string) => ({ id, holder, owner: holder });
      await answers(`{ account(id: "r1") ${select} }`, { account: accountOf("r1", "Rosa") });
      const write = (id: string, input: string): string =>
        `mutation { opened(id: "${id}", input: { ${input} }) { status account ${select} } }`;
      const [first, second, third] = ["Rosa", "Rita", "Rudi"].map((name, index) => accountOf(`r${index + 1}`, name));
      await answers(write("r2", 'holder: "Rita"'), { opened: { status: "PROJECTED", account: second } });
      await answers(write("r3", 'owner: "Rudi"'), { opened: { status: "PROJECTED", account: third } });
      for (const name of ["holder", "owner"])
        await answers(
          `{ accounts(where: { ${name}: { startsWith: "R" } }, orderBy: [{ ${name}: DESC }]) { id ${name} } }`,
          {
            accounts: [third, first, second].map((each) => ({ id: each?.id, [name]: each?.holder })),
          },
        );
      const deprecated = `{ __type(name: "Account") { fields(includeDeprecated: true) { name deprecationReason } } }`;
      expect(JSON.stringify(await graphql(url, deprecated))).toContain(
        '{"name":"owner","deprecationReason":"Renamed to holder."}',
      );
      expect(await details()).toMatchObject({ catalogProblems: [] });
    });

    test("a deleted subject leaves the API, and its documents stay", async ({ skip }) => {
      const { deleteSubject } = stack;
      if (deleteSubject === undefined) return skip("the embedded registry deletes nothing");
      await deleteSubject(`${parcels}-hot.Sent`);
      await vi.waitFor(async () => {
        expect((await graphql(url, "{ parcels { id } }")).errors).toBeDefined();
      }, PATIENCE);
      expect(await stack.collection("parcels")).toHaveLength(2);
      const change = `mutation { opened(id: "a", input: { owner: "Still" }) { status } }`;
      await answers(change, { opened: { status: "PROJECTED" } });
    });
  });
}

function schemaOf(schema: unknown): avsc.Schema {
  return avsc.Type.forSchema(JSON.parse(JSON.stringify(schema))).schema();
}
