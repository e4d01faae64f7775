import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openEmbeddedEventLog } from "../../src/event-log/embedded/embedded-event-log.ts";
import type { EventLog } from "../../src/event-log/event-log.ts";
import { applyPlan } from "../../src/migration/apply-plan.ts";
import type { Migration } from "../../src/migration/migration.ts";
import type { Inventory, MigrationPlan } from "../../src/migration/plan.ts";
import { planMigration } from "../../src/migration/plan-migration.ts";
import type { Checkpoint } from "../../src/model/checkpoint.ts";
import { newestAfter } from "../../src/model/newest-record.ts";
import type { TopicPartition } from "../../src/model/position.ts";
import { openEmbeddedReadModel } from "../../src/read-model/embedded/embedded-read-model.ts";
import type { CollectionWrites, ReadModel } from "../../src/read-model/read-model.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Nothing that has positions. */
const EMPTY: Inventory = {
  projected: [],
  owned: [],
  processor: "processor",
  inputs: [],
  emitting: [],
  targets: [],
};

/** A log and its mirror, and the read model that goes on from one to the other. */
export class TwoLogs {
  readonly old: EventLog;
  readonly log: EventLog;
  readonly readModel: ReadModel;

  private constructor(folder: string) {
    const open = (file: string): EventLog => openEmbeddedEventLog({ file, logger: silentLogger });
    this.old = open(join(folder, "old.db"));
    this.log = open(join(folder, "new.db"));
    this.readModel = openEmbeddedReadModel({ file: join(folder, "model.db"), logger: silentLogger });
  }

  static async open(): Promise<TwoLogs> {
    const folder = await temporaryFolder();
    const logs = new TwoLogs(folder.path);
    onTestFinished(async () => {
      for (const each of [logs.old, logs.log, logs.readModel]) await each.close();
      await folder.remove();
    });
    return logs;
  }

  /** Makes topics in both logs, or in one. */
  async topics(names: Readonly<Record<string, number>>, ...logs: readonly EventLog[]): Promise<void> {
    const specs = Object.entries(names).map(([name, partitions]) => ({ name, partitions }));
    for (const log of logs.length === 0 ? [this.old, this.log] : logs) await log.createTopics(specs);
  }

  /** Appends a record for each id to a partition; `""`: one without an id. */
  async write(
    log: EventLog,
    of: TopicPartition,
    ids: readonly string[],
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const records = ids.map((id) => ({
      ...of,
      key: id || "nameless",
      value: Buffer.from("{}"),
      headers: { ...(id === "" ? {} : { ce_id: id }), ...headers },
    }));
    const owner = await log.takeOver({ name: "writer", input: of });
    await owner.commit({ records, next: 0 });
    await owner.release();
  }

  /** A checkpoint as a projector leaves it that has applied these records of the old log, and what it wrote with that. */
  async applied(
    projection: string,
    of: TopicPartition,
    ids: readonly string[],
    writes: readonly CollectionWrites[] = [],
  ): Promise<Checkpoint> {
    const partitions = (await this.old.offsets(of.topic)).length;
    const first = { projection, ...of, next: 0, generation: 3, partitions };
    await this.readModel.openCheckpoint(first);
    const records = ids.map((id) => ({ headers: id === "" ? {} : { ce_id: id } }));
    const checkpoint = { ...first, next: ids.length, ...newestAfter({}, records) };
    await this.readModel.commit({ checkpoint, from: 0, writes });
    return checkpoint;
  }

  migration(inventory: Partial<Inventory>, more: Partial<Migration> = {}): Migration {
    return {
      log: this.log,
      old: undefined,
      readModel: this.readModel,
      inventory: { ...EMPTY, ...inventory },
      idHeader: "ce_id",
      sameOffsets: false,
      dropsHistory: false,
      signal: new AbortController().signal,
      ...more,
    };
  }

  /** Plans, and applies. */
  async migrate(inventory: Partial<Inventory>, more: Partial<Migration> = {}): Promise<MigrationPlan> {
    const migration = this.migration(inventory, more);
    const plan = await planMigration(migration);
    await applyPlan(migration, plan);
    return plan;
  }
}
