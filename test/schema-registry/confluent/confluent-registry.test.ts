import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { EventQLError } from "../../../src/errors.ts";
import { openConfluentRegistry } from "../../../src/schema-registry/confluent/confluent-registry.ts";
import type { SchemaRegistry } from "../../../src/schema-registry/schema-registry.ts";
import { type LogFields, type Logger, silentLogger } from "../../../src/telemetry/logger.ts";

const PASSWORD = "s3cret/pa:ss";
const TIMEOUT_MS = 300;

describe("the Confluent registry's adapter", () => {
  const opened: (SchemaRegistry | Server)[] = [];
  const logged: LogFields[] = [];

  afterEach(async () => {
    for (const each of opened.splice(0))
      if ("ping" in each) await each.close();
      else await closeServer(each);
    logged.splice(0);
  });

  /** A registry that answers as told. */
  async function registryAt(answer: RequestListener, path = ""): Promise<SchemaRegistry> {
    const server = createServer(answer);
    opened.push(server);
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    return open(server.address(), path);
  }

  function open(address: AddressInfo | string | null, path = ""): SchemaRegistry {
    const port = typeof address === "object" ? address?.port : address;
    const url = `http://user:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port ?? ""}${path}`;
    const registry = openConfluentRegistry({ url, logger: recording(logged), timeoutMs: TIMEOUT_MS });
    opened.push(registry);
    return registry;
  }

  const failing = async (call: Promise<unknown>): Promise<EventQLError> =>
    await call.then(
      () => expect.unreachable("the call must fail"),
      (error: EventQLError) => error,
    );

  function expectNoSecret(error: EventQLError): void {
    const all = JSON.stringify([error.message, error.details, error.cause ?? null, error.stack, logged]);
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), Buffer.from(`user:${PASSWORD}`).toString("base64")])
      expect(all).not.toContain(secret);
  }

  it("lists all newest versions by pages where the registry has such a list, for its revision", async () => {
    const asked: string[] = [];
    const all = Array.from({ length: 1_001 }, (_, index) => ({
      subject: `s${index}`,
      version: 1,
      id: index + 1,
      schema: "{}",
    }));
    const registry = await registryAt((request, response) => {
      asked.push(request.url ?? "");
      const from = Number(new URL(request.url ?? "", "http://x").searchParams.get("offset"));
      response.setHeader("content-type", "application/json").end(JSON.stringify(all.slice(from, from + 1_000)));
    });
    const before = await registry.revision();
    expect(await registry.revision()).toBe(before);
    expect(asked).toHaveLength(4);
    expect(asked[1]).toBe("/schemas?latestOnly=true&offset=1000&limit=1000");
    for (const change of [{ version: 2 }, { id: 5_000 }, { subject: "renamed" }]) {
      const was = all[1_000];
      all[1_000] = { subject: "s1000", version: 1, id: 1_001, schema: "{}", ...change };
      expect(await registry.revision()).not.toBe(before);
      if (was !== undefined) all[1_000] = was;
    }
  });

  it("asks each subject where the registry has no list, and asks for the list no more", async () => {
    const asked: string[] = [];
    const registry = await registryAt((request, response) => {
      const { url = "" } = request;
      asked.push(url);
      response.setHeader("content-type", "application/json");
      if (url === "/subjects") response.end('["a/b","gone"]');
      else if (url === "/subjects/a%2Fb/versions/latest") response.end('{"subject":"a/b","version":3,"id":7}');
      else
        response.writeHead(404).end(url.startsWith("/schemas") ? "{}" : '{"error_code":40401,"message":"no subject"}');
    });
    expect(await registry.revision()).toBe(await registry.revision());
    expect(asked.filter((url) => url.startsWith("/schemas"))).toHaveLength(1);
    expect(asked).toHaveLength(7);
  });

  it("reads a version once, unless the subject has come back with others", async () => {
    const asked: string[] = [];
    const ids = new Map([
      [1, 11],
      [2, 12],
    ]);
    const registry = await registryAt((request, response) => {
      const url = new URL(request.url ?? "", "http://x").pathname;
      asked.push(url);
      const version = Number(url.split("/").at(-1));
      const body = url.endsWith("/versions")
        ? [...ids.keys()]
        : { subject: "s", version, id: ids.get(version), schema: `"text ${ids.get(version) ?? ""}"` };
      response.setHeader("content-type", "application/json").end(JSON.stringify(body));
    });
    const read = async (): Promise<{ readonly ids: readonly number[]; readonly texts: readonly string[] }> => {
      asked.splice(0);
      const ids = (await registry.versions("s")).map(({ id }) => id);
      return { ids, texts: asked.filter((url) => !url.endsWith("/versions")).map((url) => url.slice(-1)) };
    };
    expect(await read()).toEqual({ ids: [11, 12], texts: ["1", "2"] });
    expect(await read()).toEqual({ ids: [11, 12], texts: ["2"] });
    ids.set(3, 13);
    expect(await read()).toEqual({ ids: [11, 12, 13], texts: ["2", "3"] });
    for (const version of [1, 2, 3]) ids.set(version, 20 + version);
    expect(await read()).toEqual({ ids: [21, 22, 23], texts: ["3", "1", "2"] });
    ids.delete(3);
    expect((await read()).ids).toEqual([21, 22]);
  });

  it("has no revision of a registry that fails", async () => {
    const registry = await registryAt((_request, response) => void response.writeHead(500).end("{}"));
    const error = await failing(registry.revision());
    expect(error.code).toBe("REGISTRY_UNAVAILABLE");
    expectNoSecret(error);
  });

  it("sends the URL's credentials, decoded, and keeps them out of the address", async () => {
    let authorization: string | undefined;
    const registry = await registryAt((request, response) => {
      authorization = request.headers.authorization;
      response.setHeader("content-type", "application/json").end("[]");
    });
    expect(await registry.subjects()).toEqual([]);
    expect(authorization).toBe(`Basic ${Buffer.from(`user:${PASSWORD}`).toString("base64")}`);
    expect(logged).toEqual([{ address: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) }]);
  });

  it.each([
    [401, /other credentials \(401\).*SCHEMA_REGISTRY_URL/],
    [403, /forbids.*\(403\)/],
    [404, /no such API.*path/],
    [500, /answered 500/],
    [503, /answered 503/],
  ])("says what is wrong when the registry answers %i, with no secret", async (status, message) => {
    const registry = await registryAt((_, response) => void response.writeHead(status).end("<html>no</html>"));
    const calls = [
      registry.ping(),
      registry.subjects(),
      registry.versions("s"),
      registry.byId(1),
      registry.register("s", '"int"'),
    ];
    for (const error of await Promise.all(calls.map(failing))) {
      expect(error).toMatchObject({ code: "REGISTRY_UNAVAILABLE", retriable: true, details: { status } });
      expect(error.message).toMatch(message);
      expectNoSecret(error);
    }
  });

  it("says that what answers is no registry", async () => {
    const registry = await registryAt((_, response) => void response.end("<html>It works!</html>"));
    const error = await failing(registry.subjects());
    expect(error).toMatchObject({
      code: "REGISTRY_UNAVAILABLE",
      message: expect.stringContaining("no answers of a registry"),
    });
  });

  it("fails in bounded time, with no secret, where nobody listens", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    await closeServer(server);
    const begun = performance.now();
    const error = await failing(open(address).ping());
    expect(error).toMatchObject({ code: "REGISTRY_UNAVAILABLE", message: expect.stringContaining("ECONNREFUSED") });
    expect(performance.now() - begun).toBeLessThan(TIMEOUT_MS * 10);
    expectNoSecret(error);
  });

  it("fails in bounded time, with no secret, where the answer never comes, or never ends", async () => {
    const silent = await registryAt(() => {});
    const endless = await registryAt((_, response) => void response.write("["));
    const begun = performance.now();
    for (const error of await Promise.all([silent, endless].map((registry) => failing(registry.subjects())))) {
      expect(error.code).toBe("REGISTRY_UNAVAILABLE");
      expectNoSecret(error);
    }
    expect(performance.now() - begun).toBeLessThan(TIMEOUT_MS * 10);
  });

  it("asks once: retrying is the caller's", async () => {
    let asked = 0;
    const registry = await registryAt((_, response) => {
      asked += 1;
      response.writeHead(503).end();
    });
    await failing(registry.subjects());
    expect(asked).toBe(1);
  });

  it("keeps the schema of an id that it has, and asks again for one that it hasn't", async () => {
    const asked: (string | undefined)[] = [];
    const registry = await registryAt((request, response) => {
      asked.push(request.url);
      const known = request.url?.startsWith("/base/schemas/ids/7?") ?? false;
      response.writeHead(known ? 200 : 404, { "content-type": "application/json" });
      response.end(JSON.stringify(known ? { schema: '"int"' } : { error_code: 40403, message: "Schema not found" }));
    }, "/base/");
    for (let count = 0; count < 2; count += 1) {
      expect(await registry.byId(7)).toEqual({ schemaType: "AVRO", schema: '"int"', references: [] });
      expect(await registry.byId(8)).toBeUndefined();
    }
    expect(asked).toHaveLength(3);
  });

  it("gives the registry's own words where the schemas show no reason", async () => {
    const message = "FORWARD: the old reader misses `x`";
    const registry = await registryAt((request, response) => {
      const refused = request.method === "POST";
      response.writeHead(refused ? 409 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(refused ? { error_code: 409, message } : { id: 1, version: 3, schema: '"int"' }));
    });
    const error = await failing(registry.register("s", '"long"'));
    expect(error).toMatchObject({
      code: "SCHEMA_INCOMPATIBLE",
      details: { subject: "s", version: 3, reasons: [message] },
    });
  });

  it.each(["nonsense", "ftp://127.0.0.1", "mock://x", ""])("refuses the URL %j without repeating it", (url) => {
    expect(() => openConfluentRegistry({ url, logger: silentLogger })).toThrow(/SCHEMA_REGISTRY_URL/);
  });
});

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => void server.close(() => resolve()));
}

function recording(logged: LogFields[]): Logger {
  const log = (fields: LogFields): void => void logged.push(fields);
  const logger: Logger = { debug: log, info: log, warn: log, error: log, child: () => logger };
  return logger;
}
