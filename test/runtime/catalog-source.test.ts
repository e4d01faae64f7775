import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type LiveCatalog, createLiveCatalog } from "../../src/catalog/live-catalog.ts";
import type { Catalog } from "../../src/catalog/types.ts";
import { loadConfig } from "../../src/config.ts";
import { EventQLError } from "../../src/errors.ts";
import { openEmbeddedEventLog } from "../../src/event-log/embedded/embedded-event-log.ts";
import { openEmbeddedReadModel } from "../../src/read-model/embedded/embedded-read-model.ts";
import { RegistryCatalogSource } from "../../src/runtime/catalog-source.ts";
import { type Ports, prepare } from "../../src/runtime/prepare.ts";
import { openEmbeddedRegistry } from "../../src/schema-registry/embedded/embedded-registry.ts";
import { type Logger, silentLogger } from "../../src/telemetry/logger.ts";
import { type Metrics, noMetrics } from "../../src/telemetry/metrics.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const record = (name: string, fields: readonly string[], eventql: object = {}): string =>
  JSON.stringify({
    type: "record",
    name,
    namespace: "n",
    eventql,
    fields: fields.map((field) => ({ name: field, type: ["null", "string"], default: null })),
  });

describe("what newer catalogs need", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let ports: Ports;
  let source: RegistryCatalogSource;
  let live: LiveCatalog;
  const checkApi = vi.fn<(catalog: Catalog) => void>();
  const changed = vi.fn<() => void>();
  const catalogRefreshed = vi.fn<Metrics["catalogRefreshed"]>();
  const error = vi.fn<Logger["error"]>();

  const start = async (createTopics = true): Promise<void> => {
    const config = await loadConfig({
      flags: { createTopics, data: folder.path, stack: "embedded" },
      env: {},
      cwd: folder.path,
    });
    const { signal } = new AbortController();
    const prepared = await prepare(ports, config, signal, silentLogger);
    const { refused } = prepared;
    const logger = { ...silentLogger, error };
    const metrics = { ...noMetrics, catalogRefreshed };
    source = new RegistryCatalogSource({ ports, config, logger, metrics, refused, checkApi, changed });
    live = createLiveCatalog(prepared, source, { minIntervalMs: 0, recheckMs: 0 });
  };

  beforeEach(async () => {
    for (const mock of [checkApi, changed, catalogRefreshed, error]) mock.mockReset();
    folder = await temporaryFolder();
    await mkdir(folder.path, { recursive: true });
    await writeFile(join(folder.path, "package.json"), "{}");
    const file = join(folder.path, "eventql.db");
    ports = {
      log: openEmbeddedEventLog({ file, logger: silentLogger }),
      registry: openEmbeddedRegistry({ file }),
      readModel: openEmbeddedReadModel({ file, logger: silentLogger }),
    };
    await ports.registry.register("users-n.Changed", record("Changed", ["a"]));
  });

  afterEach(async () => {
    for (const port of Object.values(ports)) await port.close();
    await folder.remove();
  });

  test("topics and collections are made before the catalog is used", async () => {
    await start();
    changed.mockImplementation(() => {
      expect(live.current().aggregates).toHaveLength(2);
    });
    await ports.registry.register("orders-n.Placed", record("Placed", ["b"]));
    await live.refresh();
    expect(changed).toHaveBeenCalledOnce();
    expect(catalogRefreshed.mock.calls).toEqual([["OK"]]);
    expect(await ports.log.describeTopics(["orders"])).toHaveLength(1);
    expect(await ports.readModel.find("orders", { filter: {} })).toEqual([]);
  });

  test("a changed hint that contradicts the documents is logged and counted once, and heals when it is undone", async () => {
    await start();
    await ports.registry.register("users-n.Changed", record("Changed", ["a", "b"], { effect: "update" }));
    await live.refresh();
    await live.refresh();
    expect(live.faults()).toMatchObject([{ code: "PROJECTION_CHANGED", topic: "users" }]);
    expect(source.refused()).toEqual([]);
    expect(live.current().aggregates[0]?.columns).toHaveLength(1);
    expect(error).toHaveBeenCalledOnce();
    expect(catalogRefreshed.mock.calls[0]).toEqual(["PROJECTION_CHANGED"]);
    await ports.registry.register("users-n.Changed", record("Changed", ["a", "b"], { effect: "upsert" }));
    await live.refresh();
    expect(live.faults()).toEqual([]);
    expect(live.current().aggregates[0]?.columns).toHaveLength(2);
  });

  test("a new topic that can't be projected is in the API, refused until that is mended", async () => {
    await start(false);
    await ports.log.createTopics([{ name: "orders", partitions: 1, compacted: true }]);
    await ports.registry.register("orders-n.Placed", record("Placed", ["b"], { effect: "update" }));
    await live.refresh();
    expect(source.refused()).toMatchObject([{ topic: "orders", error: { code: "TOPIC_UNSUITABLE" } }]);
    expect(live.current().aggregates).toHaveLength(2);
    expect(live.faults()).toEqual([]);
    await ports.registry.register("orders-n.Placed", record("Placed", ["b"]));
    await live.refresh();
    expect(source.refused()).toEqual([]);
  });

  test("a catalog without an API adopts nothing", async () => {
    await start();
    checkApi.mockImplementationOnce(() => {
      throw new EventQLError("CATALOG_INVALID", "no API");
    });
    await ports.registry.register("orders-n.Placed", record("Placed", ["b"]));
    await live.refresh();
    expect(live.current().aggregates).toHaveLength(1);
    expect(await ports.log.describeTopics(["orders"])).toEqual([]);
    expect(catalogRefreshed.mock.calls).toEqual([["CATALOG_INVALID"]]);
  });
});
