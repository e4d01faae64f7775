import { openEventLog } from "../../compose.ts";
import type { Config } from "../../config.ts";
import type { Flags } from "../../config/sources.ts";
import { EventQLError } from "../../errors.ts";
import type { EventLog } from "../../event-log/event-log.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { configOf } from "../session.ts";
import type { Terminal } from "../terminal.ts";

/**
 * The cluster that was: by its brokers, which are reached as the new ones are, or by a configuration file of its own.
 * Undefined: none is named.
 */
export async function openOldLog(
  { from, fromConfig }: Flags,
  { kafka }: Pick<Config, "kafka">,
  terminal: Terminal,
  logger: Logger,
): Promise<EventLog | undefined> {
  if (typeof fromConfig === "string") return openEventLog(await kafkaOf(fromConfig, terminal), logger);
  if (typeof from !== "string") return undefined;
  const brokers = from.split(",").map((broker) => broker.trim());
  if (brokers.some((broker) => !/^[^\s,]+:\d{1,5}$/.test(broker)))
    throw new EventQLError("CONFIG_INVALID", `--from is "${from}": give host:port, several separated by commas.`);
  if (brokers.toSorted().join() === kafka.brokers.toSorted().join())
    throw new EventQLError(
      "CONFIG_INVALID",
      "--from names the brokers of the new cluster: KAFKA_BROKERS is where to go, --from where positions come from.",
    );
  return openEventLog({ ...kafka, brokers }, logger);
}

/** The settings of a file alone: the environment is about the new cluster. */
async function kafkaOf(file: string, terminal: Terminal): Promise<Config["kafka"]> {
  const others = Object.entries(terminal.env).filter(([name]) => !/^(KAFKA|EVENTQL)_/.test(name));
  const config = await configOf({ config: file }, { ...terminal, env: Object.fromEntries(others) });
  return config.kafka;
}
