import { mkdir, cp } from "node:fs/promises";
import { join } from "node:path";
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { EventqlProcess } from "../support/gateway-process.ts";
import { codesOf, graphql } from "../support/graphql-client.ts";
import { describeReal, realStack, uniqueName } from "../support/real-stack.ts";
import { type TcpProxy, startTcpProxy } from "../support/tcp-proxy.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const PATIENCE = { timeout: 40_000, interval: 50 };
const CHANGE = `mutation ($id: ID, $first: String!, $wait: Wait) {
  userChanged(id: $id, input: { first_name: $first, last_name: "Away" }, wait: $wait) { status receipt }
}`;
const USER = "query ($id: ID!) { user(id: $id) { firstname } }";

describeReal("servers that are away", () => {
  const topic = uniqueName("appuser");
  const database = uniqueName("away");
  const id = crypto.randomUUID();
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let broker: TcpProxy;
  let registry: TcpProxy;
  let mongo: TcpProxy;
  let gateway: EventqlProcess;
  let url = "";

  const readiness = async (): Promise<{ readonly status: number; readonly body: unknown }> => {
    const response = await fetch(`${url}/readyz`);
    return { status: response.status, body: await response.json() };
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    const schemas = join(folder.path, "schemas");
    await mkdir(join(schemas, topic), { recursive: true });
    await cp(new URL("../../schemas/appuser", import.meta.url), join(schemas, topic), { recursive: true });
    const { brokers, registryUrl, mongoUrl } = realStack();
    const proxied = async (address: string): Promise<TcpProxy> => {
      const { hostname, port } = new URL(address);
      const proxy = await startTcpProxy({ host: hostname, port: Number(port) });
      proxy.refuse(true);
      return proxy;
    };
    broker = await proxied(`http://${brokers}`);
    registry = await proxied(registryUrl);
    mongo = await proxied(mongoUrl.replace("mongodb:", "http:"));
    const registryThroughProxy = new URL(registryUrl);
    registryThroughProxy.port = String(registry.port);
    const flags = ["--stack", "real", "--port", "0", "--topics", topic, "--schemas", schemas];
    gateway = new EventqlProcess(["start", "--create-topics", "--log-level", "debug", ...flags], {
      KAFKA_BROKERS: `127.0.0.1:${broker.port}`,
      SCHEMA_REGISTRY_URL: registryThroughProxy.href,
      MONGODB_URL: `mongodb://127.0.0.1:${mongo.port}/?directConnection=true`,
      MONGODB_DATABASE: database,
      EVENTQL_GROUP: database,
    });
    url = await vi.waitFor(() => {
      const found = /"url":"(http:\/\/[^"]+)","msg":"listening"/.exec(gateway.output)?.[1];
      if (found === undefined) throw new TypeError(`it does not listen yet:\n${gateway.output}`);
      return found;
    }, PATIENCE);
  });

  afterAll(async () => {
    await gateway.kill();
    await Promise.all([broker, registry, mongo].map(async (proxy) => await proxy.close()));
    const client = await MongoClient.connect(realStack().mongoUrl);
    await client.db(database).dropDatabase();
    await client.close();
    await folder.remove();
  });

  test("at the start it says which it waits for, is alive and not ready, and refuses queries with a code", async () => {
    await vi.waitFor(() => {
      for (const server of ["the event log", "the schema registry", "the read model"]) {
        expect(gateway.output).toContain(`"msg":"waiting for ${server}"`);
      }
    }, PATIENCE);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const away = { eventLog: false, schemaRegistry: false, readModel: false };
    expect(await readiness()).toMatchObject({ status: 503, body: { ready: false, stores: away } });
    expect(codesOf(await graphql(url, "{ users { id } }"))).toEqual(["NOT_READY"]);
  });

  test("when they come it is ready by itself", async () => {
    for (const proxy of [broker, registry, mongo]) proxy.refuse(false);
    await vi.waitFor(async () => {
      expect(await readiness()).toMatchObject({ status: 200 });
    }, PATIENCE);
    const answer = await graphql(url, CHANGE, { id, first: "First", wait: "PROJECTED" });
    expect(answer).toMatchObject({ data: { userChanged: { status: "PROJECTED" } } });
  });

  test("without the registry everything that is known goes on", async () => {
    registry.refuse(true);
    const answer = await graphql(url, CHANGE, { id, first: "Second", wait: "PROJECTED" });
    expect(answer).toMatchObject({ data: { userChanged: { status: "PROJECTED" } } });
    registry.refuse(false);
  });

  test("without the read model reads fail with a retriable code in bounded time, appends go on, nothing is lost", async () => {
    mongo.refuse(true);
    const begun = performance.now();
    const read = await graphql(url, USER, { id });
    expect(read).toMatchObject({ errors: [{ extensions: { code: "READ_MODEL_UNAVAILABLE", retriable: true } }] });
    expect(performance.now() - begun).toBeLessThan(10_000);
    const append = await graphql(url, CHANGE, { id, first: "Third", wait: "APPENDED" });
    expect(append).toMatchObject({ data: { userChanged: { status: "APPENDED" } } });
    const waited = await graphql(url, CHANGE, { id, first: "Fourth", wait: "PROJECTED" });
    expect(waited).toMatchObject({ data: { userChanged: { status: "PENDING" } } });
    mongo.refuse(false);
    await vi.waitFor(async () => {
      expect(await graphql(url, USER, { id })).toEqual({ data: { user: { firstname: "Fourth" } } });
    }, PATIENCE);
  });
});
