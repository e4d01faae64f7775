import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Config, loadConfig } from "../../src/config.ts";
import { describeConfig } from "../../src/config/describe-config.ts";
import type { Environment, Flags } from "../../src/config/sources.ts";
import { EventQLError } from "../../src/errors.ts";

let cwd = "";

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "eventql-config-"));
});

afterEach(async () => {
  await rm(cwd, { recursive: true, force: true });
});

/** Each test's file has a folder of its own: modules are loaded once. */
async function load(flags: Flags = {}, env: Environment = {}, file?: string): Promise<Config> {
  if (file !== undefined) await writeFile(join(cwd, "eventql.config.ts"), `export default ${file};`);
  return await loadConfig({ flags, env, cwd });
}

async function problemsOf(flags: Flags, env: Environment = {}, file?: string): Promise<unknown> {
  const error: unknown = await load(flags, env, file).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(EventQLError);
  return error instanceof EventQLError && error.code === "CONFIG_INVALID" ? error.details["problems"] : error;
}

describe("defaults", () => {
  it("are those of the embedded stack on this machine", async () => {
    expect(await load()).toMatchObject({
      stack: "embedded",
      host: "127.0.0.1",
      port: 4000,
      data: join(cwd, ".eventql"),
      schemas: undefined,
      roles: ["gateway", "projector", "processor"],
      sample: false,
      createTopics: true,
      topics: undefined,
      kafka: {
        brokers: ["127.0.0.1:9092"],
        clientId: "eventql",
        groupPrefix: "eventql",
        idHeader: "ce_id",
        ssl: undefined,
      },
      registry: { url: "http://127.0.0.1:8081" },
      mongodb: { url: "mongodb://127.0.0.1:27017/?replicaSet=rs0", database: "eventql" },
      limits: { pageSize: 100, maxPageSize: 1000 },
      allowAnonymous: false,
      logLevel: "info",
      logFormat: "auto",
      sources: {},
    });
  });

  it("are the real stack, without making topics, once brokers are named", async () => {
    const config = await load({}, { KAFKA_BROKERS: "a:1, b:2" });
    expect(config).toMatchObject({ stack: "real", createTopics: false, kafka: { brokers: ["a:1", "b:2"] } });
    expect(await load({ stack: "embedded" }, { KAFKA_BROKERS: "a:1" })).toMatchObject({ stack: "embedded" });
  });

  it("take the folder schemas where there is one", async () => {
    await mkdir(join(cwd, "schemas"));
    expect((await load()).schemas).toBe(join(cwd, "schemas"));
  });

  it("are frozen through and through", async () => {
    const config = await load();
    expect(Object.isFrozen(config) && Object.isFrozen(config.kafka.brokers) && Object.isFrozen(config.limits)).toBe(
      true,
    );
  });
});

describe("precedence", () => {
  const FILE = "{ port: 1, host: 'localhost', limits: { depth: 3 }, sample: true }";

  it("puts flags before the environment, that before the file, that before defaults", async () => {
    expect((await load({}, {}, FILE)).port).toBe(1);
    expect((await load({}, { EVENTQL_PORT: "2" }, FILE)).port).toBe(2);
    expect((await load({ port: "3" }, { EVENTQL_PORT: "2" }, FILE)).port).toBe(3);
  });

  it("goes setting by setting, and remembers where each came from", async () => {
    const config = await load({ sample: false }, { EVENTQL_LIMIT_ALIASES: "7" }, FILE);
    expect(config).toMatchObject({ host: "localhost", sample: false, limits: { depth: 3, aliases: 7, tokens: 4000 } });
    expect(config.sources).toEqual({
      port: "eventql.config.ts",
      host: "eventql.config.ts",
      sample: "--no-sample",
      "limits.depth": "eventql.config.ts",
      "limits.aliases": "EVENTQL_LIMIT_ALIASES",
    });
  });

  it("takes an empty variable as unset", async () => {
    expect(await load({}, { EVENTQL_PORT: "", KAFKA_BROKERS: " " })).toMatchObject({ port: 4000, stack: "embedded" });
  });
});

it.each<[string, Flags, Environment, Partial<Config>]>([
  ["--stack", { stack: "real" }, {}, { stack: "real" }],
  ["EVENTQL_STACK", {}, { EVENTQL_STACK: "real" }, { stack: "real" }],
  ["--host", { host: "::1" }, {}, { host: "::1" }],
  ["EVENTQL_HOST", {}, { EVENTQL_HOST: "0.0.0.0" }, { host: "0.0.0.0" }],
  ["--port", { port: "0" }, {}, { port: 0 }],
  ["--data", { data: "/somewhere" }, {}, { data: "/somewhere" }],
  ["EVENTQL_DATA", {}, { EVENTQL_DATA: "/somewhere" }, { data: "/somewhere" }],
  ["--roles", { roles: "projector,gateway,projector" }, {}, { roles: ["projector", "gateway"] }],
  ["EVENTQL_ROLES", {}, { EVENTQL_ROLES: "gateway" }, { roles: ["gateway"] }],
  ["--sample", { sample: true }, {}, { sample: true }],
  ["EVENTQL_SAMPLE", {}, { EVENTQL_SAMPLE: "on" }, { sample: true }],
  ["--no-create-topics", { createTopics: false }, {}, { createTopics: false }],
  ["EVENTQL_CREATE_TOPICS", {}, { EVENTQL_CREATE_TOPICS: "0" }, { createTopics: false }],
  ["--topics", { topics: "a,b" }, {}, { topics: ["a", "b"] }],
  ["EVENTQL_TOPICS", {}, { EVENTQL_TOPICS: "a" }, { topics: ["a"] }],
  ["--allow-anonymous", { allowAnonymous: true }, {}, { allowAnonymous: true }],
  ["EVENTQL_ALLOW_ANONYMOUS", {}, { EVENTQL_ALLOW_ANONYMOUS: "yes" }, { allowAnonymous: true }],
  ["--log-level", { logLevel: "silent" }, {}, { logLevel: "silent" }],
  ["--log-format", { logFormat: "json" }, {}, { logFormat: "json" }],
  [
    "SCHEMA_REGISTRY_URL",
    {},
    { SCHEMA_REGISTRY_URL: "https://u:p@r/x" },
    { registry: { url: "https://u:p@r/x", pollMs: 5_000 } },
  ],
  [
    "SCHEMA_REGISTRY_POLL_MS",
    {},
    { SCHEMA_REGISTRY_POLL_MS: "250" },
    { registry: { url: "http://127.0.0.1:8081", pollMs: 250 } },
  ],
  [
    "MONGODB_URL of several hosts, and MONGODB_DATABASE",
    {},
    { MONGODB_URL: "mongodb://u:p@a:1,b:2/?replicaSet=r", MONGODB_DATABASE: "d" },
    { mongodb: { url: "mongodb://u:p@a:1,b:2/?replicaSet=r", database: "d" } },
  ],
])("takes %s", async (_what, flags, env, expected) => {
  expect(await load(flags, env)).toMatchObject(expected);
});

describe("Kafka's credentials", () => {
  it("are taken from the environment", async () => {
    await writeFile(join(cwd, "ca.pem"), "the ca");
    const { kafka } = await load(
      {},
      {
        KAFKA_SASL_MECHANISM: "scram-sha-512",
        KAFKA_SASL_USERNAME: "ann",
        KAFKA_SASL_PASSWORD: "pw",
        KAFKA_SSL_CA_FILE: "ca.pem",
        KAFKA_CLIENT_ID: "me",
        EVENTQL_GROUP: "mine",
        EVENTQL_ID_HEADER: "message-id",
      },
    );
    expect(kafka).toMatchObject({
      sasl: { mechanism: "scram-sha-512", username: "ann", password: "pw" },
      ssl: { ca: "the ca" },
      clientId: "me",
      groupPrefix: "mine",
      idHeader: "message-id",
    });
  });

  it("need no files for TLS", async () => {
    expect((await load({}, { KAFKA_SSL_ENABLED: "true" })).kafka.ssl).toEqual({});
  });

  it("must be whole", async () => {
    const env = { KAFKA_SASL_USERNAME: "ann", KAFKA_SSL_CERT_FILE: "none.pem" };
    expect(await problemsOf({}, env)).toEqual([
      "KAFKA_SSL_CERT_FILE needs the certificate's key: set KAFKA_SSL_KEY_FILE too.",
      expect.stringMatching(/^KAFKA_SSL_CERT_FILE can't be read: ENOENT/),
      "KAFKA_SASL_USERNAME needs a password: set KAFKA_SASL_PASSWORD too.",
    ]);
  });
});

describe("what is wrong", () => {
  it("is told all at once, with where it stands and what is right", async () => {
    const env = { EVENTQL_STACK: "kafka", KAFKA_BROKERS: "localhost,b:1", SCHEMA_REGISTRY_URL: "localhost:8081" };
    const file = "{ limits: { depth: 0 }, prot: 1, kafka: { broker: [] }, authorize: 'all', hints: { User: 1 } }";
    expect(await problemsOf({ port: "70000", roles: "gatway", host: "http://x" }, env, file)).toEqual([
      "eventql.config.ts has prot, which is no setting: remove it.",
      "eventql.config.ts has kafka.broker, which is no setting: remove it.",
      'EVENTQL_STACK is "kafka": give embedded or real.',
      '--host is "http://x": give a host name or an address, without scheme and port.',
      '--port is "70000": give a whole number from 0 to 65535.',
      '--roles is "gatway": give gateway, projector, processor or some of them.',
      'KAFKA_BROKERS is "localhost,b:1": give host:port, several separated by commas.',
      'SCHEMA_REGISTRY_URL is "localhost:8081": give a URL that begins with http:// or https://.',
      "limits.depth in eventql.config.ts is 0: give a whole number from 1 to 1000.",
      'authorize in eventql.config.ts is "all": give a function (context, action, aggregate) => decision.',
      'hints in eventql.config.ts is {"User":1}: give an object of hints by the records\' full names.',
    ]);
  });

  it("is told without secrets", async () => {
    const problems = await problemsOf(
      {},
      { MONGODB_URL: "http://u:secret@h/", SCHEMA_REGISTRY_URL: "ftp://u:secret@h/" },
    );
    expect(problems).toHaveLength(2);
    expect(JSON.stringify(problems)).not.toContain("secret");
  });

  it("includes a page larger than the largest", async () => {
    expect(await problemsOf({}, { EVENTQL_LIMIT_PAGE_SIZE: "2000" })).toEqual([
      expect.stringContaining("EVENTQL_LIMIT_PAGE_SIZE makes pages of 2000, more than the largest allowed, 1000"),
    ]);
  });

  it("includes a named folder of schemas that is none, and a file that is missing", async () => {
    expect(await problemsOf({ schemas: "nowhere" })).toEqual([expect.stringContaining("--schemas names")]);
    await expect(load({ config: "mine.ts" })).rejects.toThrow("There is no file mine.ts");
  });

  it.each([
    ["does not run", "(() => { throw new TypeError('oh') })()", "eventql.config.ts can't be run: oh"],
    ["exports nothing to use", "1", "eventql.config.ts has no configuration"],
  ])("includes a file that %s", async (_what, file, message) => {
    await expect(load({}, {}, file)).rejects.toThrow(message);
  });
});

describe("eventql.config.ts", () => {
  it("may hold code, and be named by flag or variable", async () => {
    await writeFile(
      join(cwd, "mine.ts"),
      "export default { authorize: () => ({ allow: true }), hints: { 'a.B': {} } };",
    );
    for (const config of [await load({ config: "mine.ts" }), await load({}, { EVENTQL_CONFIG: "mine.ts" })]) {
      expect(config.authorize?.({ headers: {}, remoteAddress: undefined }, "read", "User")).toEqual({ allow: true });
      expect(config.hints).toEqual({ "a.B": {} });
      expect(config.sources).toMatchObject({ authorize: "mine.ts" });
    }
  });
});

describe("what production leaves out", () => {
  const shown = async (env: Environment): Promise<readonly boolean[]> => {
    const { introspection, graphiql, explain } = await load({}, env);
    return [introspection, graphiql, explain];
  };

  it("is on elsewhere, off there, and what a setting says", async () => {
    expect(await shown({})).toEqual([true, true, true]);
    expect(await shown({ NODE_ENV: "test" })).toEqual([true, true, true]);
    expect(await shown({ NODE_ENV: "production" })).toEqual([false, false, false]);
    expect(await shown({ NODE_ENV: "production", EVENTQL_GRAPHIQL: "on" })).toEqual([false, true, false]);
    expect(await shown({ EVENTQL_INTROSPECTION: "off", EVENTQL_EXPLAIN: "off" })).toEqual([false, true, false]);
  });
});

describe("aggregates", () => {
  const MODEL = JSON.stringify(new URL("../../src/model/decider.ts", import.meta.url).href);

  it("are deciders, which stay as they are", async () => {
    const rules =
      "{ aggregate: 'User', topic: 'users', initial: { raw: Uint8Array.of(1) }, decide: { Make: () => [] } }";
    await writeFile(
      join(cwd, "eventql.config.ts"),
      `import { decider } from ${MODEL}; export default { aggregates: [decider(${rules})] };`,
    );
    const config = await load();
    expect(config.aggregates).toMatchObject([{ aggregate: "User", version: 1, evolve: undefined }]);
    expect(describeConfig(config)).toContainEqual({ path: "aggregates", value: "User", source: "eventql.config.ts" });
  });

  it("of another kind are refused", async () => {
    expect(await problemsOf({}, {}, "{ aggregates: [{ aggregate: 'User', topic: 'users' }] }")).toEqual([
      expect.stringMatching(/^aggregates\[0\] in eventql\.config\.ts is \{.*\}: give a list of deciders/),
    ]);
  });
});

describe("persisted operations and indexes", () => {
  it("are settings", async () => {
    const file = "{ persistedOperations: { path: 'ops' }, indexes: { User: ['a', ['b', { c: 'DESC' }]] } }";
    const config = await load({}, {}, file);
    expect(config.persistedOperations).toEqual({ path: join(cwd, "ops"), only: true });
    expect(config.indexes).toEqual({ User: ["a", ["b", { c: "DESC" }]] });
    const env = { EVENTQL_PERSISTED_OPERATIONS: "/ops.json", EVENTQL_PERSISTED_OPERATIONS_ONLY: "off" };
    expect((await load({}, env)).persistedOperations).toEqual({ path: "/ops.json", only: false });
  });

  it("are none unless they are set", async () => {
    const { persistedOperations, indexes } = await load();
    expect([persistedOperations, indexes]).toEqual([{ path: undefined, only: true }, undefined]);
  });

  it("are refused where they are none", async () => {
    const problems = await problemsOf({}, {}, "{ indexes: { User: [['a', { b: 'UP' }]] }, persistedOperations: 'x' }");
    expect(problems).toEqual([
      "eventql.config.ts has persistedOperations, which is no setting: remove it.",
      expect.stringMatching(/^indexes\.User\[0\].* in eventql\.config\.ts .*give a list of indexes for each aggregate/),
    ]);
  });
});
