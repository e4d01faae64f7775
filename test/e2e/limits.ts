import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { loadConfig } from "../../src/config.ts";
import { openEmbeddedEventLog } from "../../src/event-log/embedded/embedded-event-log.ts";
import type { ReadModel } from "../../src/read-model/read-model.ts";
import { type RunningGateway, runGateway } from "../../src/runtime/gateway.ts";
import { openEmbeddedRegistry } from "../../src/schema-registry/embedded/embedded-registry.ts";
import type { SchemaRegistry } from "../../src/schema-registry/schema-registry.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { noMetrics } from "../../src/telemetry/metrics.ts";
import { noTracer } from "../../src/telemetry/tracing.ts";
import { follow, graphqlClient } from "../server/websocket/sockets.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A read model for one test, and what is asked of its store beside it. */
export interface LimitedStore {
  readonly readModel: ReadModel;
  /** What a filter is answered with that an index lets run. */
  readonly indexed: object;
  /** The same with how it was carried out, by the index of that name. */
  explained(index: string): object;
  dispose(): Promise<void>;
}

const TOPIC = "people";
const PATIENCE = { timeout: 15_000, interval: 50 };

const schemaOf = (hints: Readonly<Record<string, object>>): string =>
  JSON.stringify({
    type: "record",
    name: "PersonChanged",
    namespace: "limits",
    eventql: { aggregate: "Person", topic: TOPIC },
    fields: ["name", "city", "tenant"].map((name) => ({ name, type: "string", ...hints[name] })),
  });

const people = Array.from({ length: 40 }, (_, i) => `p${i}`);

/** What limits a query, and what it tells of itself, from a client to the store. */
export function limitsSuite(name: string, open: (folder: string) => Promise<LimitedStore>): void {
  describe(`limits on ${name}`, () => {
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let store: LimitedStore;
    let registry: SchemaRegistry;
    let gateway: RunningGateway | undefined;
    let closeLog: () => Promise<void> = async () => {};

    const start = async (file: string, env: Record<string, string> = {}, hints = {}): Promise<string> => {
      folder = await temporaryFolder();
      const cwd = folder.path;
      await writeFile(join(cwd, "eventql.config.mjs"), `export default ${file};`);
      await writeFile(join(cwd, "operations.json"), JSON.stringify({ all: "{ people { id } }" }));
      const data = join(cwd, "eventql.db");
      const log = openEmbeddedEventLog({ file: data, logger: silentLogger });
      registry = openEmbeddedRegistry({ file: data });
      closeLog = async () => log.close();
      await registry.register(`${TOPIC}-limits.PersonChanged`, schemaOf(hints));
      store = await open(cwd);
      const flags = { port: "0", stack: "embedded", data: cwd, schemas: undefined };
      const config = await loadConfig({ flags, env: { SCHEMA_REGISTRY_POLL_MS: "100", ...env }, cwd });
      const ports = { log, registry, readModel: store.readModel };
      gateway = await runGateway(ports, config, silentLogger, { metrics: noMetrics, tracer: noTracer });
      await gateway.ready;
      return gateway.url;
    };

    afterEach(async () => {
      await gateway?.stop();
      gateway = undefined;
      await closeLog();
      await store.readModel.close();
      await registry.close();
      await store.dispose();
      await folder.remove();
    });

    const ask = async (url: string, query: string, more: object = {}): Promise<Answer> => {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ query, ...more });
      const answer: Answer = await (await fetch(`${url}/graphql`, { method: "POST", headers, body })).json();
      return answer;
    };

    const fill = async (url: string): Promise<void> => {
      const events = people.map(
        (id, i) =>
          `m${i}: personChanged(id: "${id}", input: {name: "n${i}", city: "c${i % 4}", tenant: "t"}) { status }`,
      );
      for (let i = 0; i < events.length; i += 20)
        expect(await ask(url, `mutation { ${events.slice(i, i + 20).join(" ")} }`)).not.toHaveProperty("errors");
    };

    test("refuse what would look at too many documents, and name the columns to index", async () => {
      const url = await start("{ limits: { scannedDocuments: 30 } }");
      await fill(url);
      const refused = {
        errors: [
          {
            message: expect.stringContaining('indexes: { Person: [["city","name"]] }'),
            extensions: { code: "QUERY_TOO_EXPENSIVE", details: { maximum: 30, columns: ["city", "name"] } },
          },
        ],
      };
      const where = `where: {city: {eq: "c1"}}, orderBy: [{name: DESC}]`;
      for (const query of [
        `{ people(${where}, limit: 5) { id } }`,
        `{ peopleConnection(${where}, first: 5) { edges { node { id } } } }`,
      ]) {
        await vi.waitFor(async () => {
          expect(await ask(url, query)).toMatchObject(refused);
        }, PATIENCE);
        const { results, error } = await follow(graphqlClient(url), { query }).ended;
        const shown: unknown = results[0] ?? { errors: error };
        expect(shown).toMatchObject(refused);
      }
      for (const query of [`{ peopleConnection { totalCount } }`, `{ peopleAggregate { count } }`])
        expect(await ask(url, query)).toMatchObject({ errors: [{ extensions: { code: "QUERY_TOO_EXPENSIVE" } }] });
      expect(await ask(url, `{ person(id: "p7") { name } people(limit: 1) { id } }`)).toEqual({
        data: { person: { name: "n7" }, people: [{ id: "p0" }] },
      });
    });

    test("don't tell what limits a caller's rows", async () => {
      const authorize = `() => ({ allow: true, filter: { tenant: "t" }, columns: new Set(["name", "city"]) })`;
      const url = await start(`{ limits: { scannedDocuments: 30 }, authorize: ${authorize} }`);
      await fill(url);
      await vi.waitFor(async () => {
        const answer = await ask(url, `{ people(where: {city: {eq: "c1"}}) { id } }`);
        expect(answer).toMatchObject({ errors: [{ extensions: { details: { columns: ["city"] } } }] });
        expect(JSON.stringify(answer)).not.toContain("tenant");
      }, PATIENCE);
    });

    test("let run what an index bounds, one that is asked for while the process runs too", async () => {
      const url = await start(
        `{ limits: { scannedDocuments: 30 }, indexes: { Person: [["city", { name: "DESC" }]] } }`,
      );
      await fill(url);
      const byCity = `{ people(where: {city: {eq: "c1"}}, orderBy: [{name: DESC}], limit: 5) { id } }`;
      const byName = `{ people(where: {name: {eq: "n3"}}) { id } }`;
      await vi.waitFor(async () => expect(await ask(url, byCity)).toMatchObject(store.indexed), PATIENCE);
      await vi.waitFor(async () => expect(await ask(url, byName)).toMatchObject({ errors: [{}] }), PATIENCE);
      await registry.register(`${TOPIC}-limits.PersonChanged`, schemaOf({ name: { eventql: { index: true } } }));
      await vi.waitFor(async () => {
        const answer = await ask(url, `{ ${byName.slice(2, -2)} }`, { extensions: { explain: true } });
        expect(answer).toMatchObject(store.explained("eventql_name_1__id_1"));
      }, PATIENCE);
    }, 60_000);

    test("are explained in development, over HTTP and WebSocket", async () => {
      const url = await start("{}");
      await fill(url);
      const query = `{ person(id: "p1") { name } people(where: {city: {eq: "c1"}}, limit: 3) { id } }`;
      const explain = [
        {
          collection: "people",
          filter: { _id: { $in: ["p1"] } },
          index: "_id_",
          documentsExamined: 1,
          documentsReturned: 1,
        },
        { collection: "people", filter: { city: { $eq: "c1" } }, limit: 3, documentsReturned: 3 },
      ];
      const extensions = { explain: true };
      await vi.waitFor(async () => {
        const answer = await ask(url, query, { extensions });
        const { results } = await follow(graphqlClient(url), { query, extensions }).ended;
        for (const each of [answer, results[0]])
          expect(each).toMatchObject({
            data: {},
            extensions: { explain: expect.arrayContaining(explain.map(partly)) },
          });
      }, PATIENCE);
      expect(await ask(url, query)).not.toHaveProperty("extensions");
    });

    test("keep the schema, the page and the reads to themselves in production, unless told otherwise", async () => {
      const url = await start("{}", { NODE_ENV: "production" });
      const page = await fetch(`${url}/graphql`, { headers: { accept: "text/html" } });
      expect(await page.text()).not.toContain("GraphiQL");
      expect(await ask(url, "{ __schema { queryType { name } } }")).not.toHaveProperty("data");
      expect(JSON.stringify(await ask(url, "{ peopl { id } }"))).not.toContain("Did you mean");
      const forbidden = { errors: [{ extensions: { code: "FORBIDDEN" } }] };
      expect(await ask(url, "{ people { id } }", { extensions: { explain: true } })).toMatchObject(forbidden);
      expect(await ask(url, "{ people { id } }")).toEqual({ data: { people: [] } });
    });

    test("can be turned off and on for all of that", async () => {
      const on = { EVENTQL_INTROSPECTION: "on", EVENTQL_GRAPHIQL: "on", EVENTQL_EXPLAIN: "on" };
      const url = await start("{}", { NODE_ENV: "production", ...on });
      const page = await fetch(`${url}/graphql`, { headers: { accept: "text/html" } });
      expect(await page.text()).toContain("GraphiQL");
      expect(await ask(url, "{ __schema { queryType { name } } }")).toMatchObject({ data: {} });
      expect(await ask(url, "{ people { id } }", { extensions: { explain: true } })).toMatchObject({ data: {} });
    });

    test("explain reads to administrators alone, where there are any", async () => {
      const keys = `[{ name: "a", role: "admin", key: "admin-key-0123456789" }, { name: "u", role: "user", key: "user-key-0123456789" }]`;
      const url = await start(`{ auth: { apiKeys: ${keys} } }`);
      const as = async (key: string): Promise<unknown> => {
        const headers = { "content-type": "application/json", "x-api-key": key };
        const body = JSON.stringify({ query: "{ people { id } }", extensions: { explain: true } });
        return (await fetch(`${url}/graphql`, { method: "POST", headers, body })).json();
      };
      expect(await as("admin-key-0123456789")).toMatchObject({ extensions: { explain: [{ collection: "people" }] } });
      expect(await as("user-key-0123456789")).toMatchObject({ errors: [{ extensions: { code: "FORBIDDEN" } }] });
    });

    test("cut off nested lists by what they may cost", async () => {
      const url = await start("{ limits: { cost: 500 } }");
      const refused = { errors: [{ extensions: { code: "LIMIT_EXCEEDED", details: { maximum: 500 } } }] };
      expect(await ask(url, "{ people(limit: 501) { id } }")).toMatchObject(refused);
      expect(await ask(url, "{ people(limit: 500) { id } }")).toEqual({ data: { people: [] } });
      expect(await ask(url, "{ peopleConnection(first: 400) { edges { node { id } } } }")).toMatchObject(refused);
    });

    test("hold to persisted operations", async () => {
      const url = await start('{ persistedOperations: { path: "operations.json" } }');
      expect(await ask(url, "", { documentId: "all" })).toEqual({ data: { people: [] } });
      expect(await ask(url, "{ people { name } }")).toMatchObject({
        errors: [{ extensions: { code: "OPERATION_NOT_ALLOWED" } }],
      });
    });
  });
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: unknown;
  readonly extensions?: { readonly explain?: unknown };
}

function partly(part: object): unknown {
  return expect.objectContaining(part);
}
