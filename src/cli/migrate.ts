import type { Flags } from "../config/sources.ts";
import type { Config } from "../config.ts";
import type { Stack } from "../compose.ts";
import { EventQLError } from "../errors.ts";
import { applyPlan } from "../migration/apply-plan.ts";
import type { Migration } from "../migration/migration.ts";
import type { Inventory, MigrationPlan } from "../migration/plan.ts";
import { planMigration } from "../migration/plan-migration.ts";
import { migrationRefused } from "../migration/problems.ts";
import { planAsJson, planAsText } from "./migrate/describe-plan.ts";
import { inventoryOf } from "./migrate/inventory.ts";
import { type Progress, createProgress } from "./progress.ts";
import { configOf, loggerOf, withStack } from "./session.ts";
import { stopSignal } from "./stop-signal.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Moves every position to the Kafka cluster that the configuration names, which has mirrored topics: documents stay, and go
 * on with the first event that isn't in them. Returns the process's exit code.
 * @throws EventQLError why nothing was moved: everything that is in the way, with its remedy.
 */
export async function migrate(flags: Flags, terminal: Terminal): Promise<number> {
  const { from, fromConfig, dryRun, json, sameOffsets, dropHistory, ...shared } = flags;
  const config = await configOf(shared, terminal);
  if (config.stack !== "real")
    throw new EventQLError(
      "CONFIG_INVALID",
      "The embedded stack has one log alone: set KAFKA_BROKERS to the new cluster.",
    );
  const plan = await withStack(config, terminal, async (stack) => {
    const { openOldLog } = await import("./migrate/old-log.ts");
    const old = await openOldLog(
      { from, fromConfig },
      config,
      terminal,
      loggerOf({ ...config, logLevel: "warn" }, terminal),
    );
    const how = { old, sameOffsets: sameOffsets === true, dropsHistory: dropHistory === true };
    try {
      return await planAndApply(stack, config, how, { isDry: dryRun === true, terminal });
    } finally {
      await old?.close();
    }
  });
  const isDone = dryRun !== true && plan.problems.length === 0;
  const told = json === true ? `${JSON.stringify(planAsJson(plan, isDone), undefined, 2)}\n` : planAsText(plan, isDone);
  terminal.stdout.write(told);
  if (plan.problems.length > 0) throw migrationRefused(plan.problems);
  return 0;
}

async function planAndApply(
  { log, readModel, registry }: Stack,
  config: Config,
  how: Pick<Migration, "old" | "sameOffsets" | "dropsHistory">,
  { isDry, terminal }: { readonly isDry: boolean; readonly terminal: Terminal },
): Promise<MigrationPlan> {
  const { gatherConfigured } = await import("../runtime/prepare.ts");
  const inventory = await inventoryOf(readModel, await gatherConfigured(registry, config), config);
  const stop = new AbortController();
  void abortWhenTold(stop);
  const progress = await searchProgress(log, inventory, terminal);
  let looked = 0;
  const onLooked = (offsets: number): void => {
    looked += offsets;
    progress.update(looked, looked);
  };
  const { idHeader } = config.kafka;
  const migration: Migration = { log, readModel, inventory, idHeader, ...how, signal: stop.signal, onLooked };
  const plan = await planMigration(migration).finally(() => {
    progress.end();
  });
  if (plan.problems.length === 0 && !isDry) await applyPlan(migration, plan);
  return plan;
}

async function abortWhenTold(stop: AbortController): Promise<void> {
  await stopSignal();
  stop.abort(new EventQLError("SHUTTING_DOWN", "It was told to end. What was moved stays moved: run it again."));
}

/** How much of the new log was looked through; mostly it isn't all of it. */
async function searchProgress(log: Stack["log"], { projected }: Inventory, { stderr }: Terminal): Promise<Progress> {
  const existing = await log.describeTopics([...new Set(projected.map(({ topic }) => topic))]);
  let total = 0;
  for (const { name } of existing) for (const { low, high } of await log.offsets(name)) total += high - low;
  return createProgress(total, stderr, "offsets looked through");
}
