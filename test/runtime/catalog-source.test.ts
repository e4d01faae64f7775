import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type LiveCatalog, createLiveCatalog } from "../../src/catalog/live-catalog.ts";
import type { Catalog } from "../../src/catalog/types.ts";
import { loadConfig } from "../../src/config.ts";
import { EventQLError } from "../../src/errors.ts";
import { openEmbeddedEventLog } from "../../src/event-log/embedded/embedded-event-log.ts";
import { AGGREGATES } from "../../src/model/checkpoint.ts";
import { restoreBuild, swapBuilds } from "../../src/projector/builds/manage-builds.ts";
import { readBuilds } from "../../src/projector/builds/stored-builds.ts";
import { openEmbeddedReadModel } from "../../src/read-model/embedded/embedded-read-model.ts";
import type { ProcessBuilds } from "../../src/runtime/builds/process-builds.ts";
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

const USERS = { name: "users", base: AGGREGATES };
const START = { topic: "users", partition: 0, next: 0, generation: 0, partitions: 4 };

describe("what newer catalogs need", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let ports: Ports;
  let source: RegistryCatalogSource;
  let live: LiveCatalog;
  let builds: ProcessBuilds;
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
    const { refused, state } = prepared;
    const logger = { ...silentLogger, error };
    const metrics = { ...noMetrics, catalogRefreshed };
    ({ builds } = prepared);
    const own = { builds, first: state.catalog, refused };
    source = new RegistryCatalogSource({ ports, config, logger, metrics, ...own, checkApi, changed });
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

  test("documents are built anew that a changed hint contradicts, beside those that are read until then", async () => {
    await start();
    await ports.registry.register("users-n.Changed", record("Changed", ["a", "b"], { effect: "update" }));
    await live.refresh();
    await live.refresh();
    expect(live.faults()).toEqual([]);
    expect(source.refused()).toEqual({ topics: [], projections: [] });
    expect(live.current().aggregates).toMatchObject([{ collection: "users", projection: "aggregates" }]);
    expect(live.current().aggregates[0]?.columns).toHaveLength(1);
    const begun = await readBuilds(ports.readModel, USERS);
    expect(begun).toMatchObject({ live: { suffix: "" }, next: { suffix: expect.stringMatching(/^_[0-9a-f]{8}$/) } });
    expect(live.standingOf("users", 2)).toBe("pending");
    for (const projection of [AGGREGATES, begun?.next?.projection ?? ""])
      await ports.readModel.openCheckpoint({ ...START, projection });
    await swapBuilds(ports.readModel, USERS);
    await builds.book.refresh();
    await live.recheck();
    const collection = `users${begun?.next?.suffix}`;
    expect(live.current().aggregates).toMatchObject([{ collection, projection: begun?.next?.projection }]);
    expect(live.current().aggregates[0]?.columns).toHaveLength(2);
    expect(live.standingOf("users", 2)).toBe("taken");
    await restoreBuild(ports.readModel, USERS);
    await builds.book.refresh();
    await live.recheck();
    expect(live.current().aggregates).toMatchObject([{ collection: "users", projection: "aggregates" }]);
    expect(live.current().aggregates[0]?.columns).toHaveLength(1);
    expect(checkApi).toHaveBeenLastCalledWith(live.current());
  });

  test("a build isn't wanted any more when the change is undone", async () => {
    await start();
    await ports.registry.register("users-n.Changed", record("Changed", ["a", "b"], { effect: "update" }));
    await live.refresh();
    await ports.registry.register("users-n.Changed", record("Changed", ["a", "b"], { effect: "upsert" }));
    await live.refresh();
    const { live: now, next, abandoned } = (await readBuilds(ports.readModel, USERS)) ?? {};
    expect([now?.suffix, next, abandoned?.length]).toEqual(["", undefined, 1]);
    expect(live.current().aggregates).toMatchObject([{ collection: "users" }]);
    expect(live.current().aggregates[0]?.columns).toHaveLength(2);
  });

  test("a change that can't be built anew, for events have expired, is logged once; what there was stays", async () => {
    await start();
    const { log } = ports;
    vi.spyOn(log, "offsets").mockResolvedValue([{ low: 3, high: 9 }]);
    await ports.registry.register("users-n.Changed", record("Changed", ["a", "b"], { effect: "update" }));
    await live.refresh();
    await live.refresh();
    expect(live.faults()).toMatchObject([{ code: "HISTORY_GONE", topic: "users" }]);
    expect(source.refused().topics).toEqual([]);
    expect(live.current().aggregates[0]?.columns).toHaveLength(1);
    expect(error).toHaveBeenCalledOnce();
    expect(catalogRefreshed.mock.calls[0]).toEqual(["HISTORY_GONE"]);
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
    expect(source.refused().topics).toMatchObject([{ topic: "orders", error: { code: "TOPIC_UNSUITABLE" } }]);
    expect(live.current().aggregates).toHaveLength(2);
    expect(live.faults()).toEqual([]);
    await ports.registry.register("orders-n.Placed", record("Placed", ["b"]));
    await live.refresh();
    expect(source.refused().topics).toEqual([]);
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
