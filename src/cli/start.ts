import type { Flags } from "../config/sources.ts";
import { SAMPLE_TOPIC } from "../sample/appuser.ts";
import { accessPolicy } from "../security/access-policy.ts";
import { checkBind } from "../security/bind-check.ts";
import { readyMessage } from "./ready-message.ts";
import { configOf, loggerOf } from "./session.ts";
import { stopSignal } from "./stop-signal.ts";
import type { Terminal } from "./terminal.ts";
import { version } from "./version.ts";

/** Serves until the process is told to end. */
export async function start(flags: Flags, terminal: Terminal): Promise<void> {
  const config = await configOf(flags, terminal);
  checkBind(config);
  const logger = loggerOf(config, terminal);
  const stopped = stopSignal();
  const { startGateway } = await import("../compose.ts");
  const { openTelemetry } = await import("../telemetry/open-telemetry.ts");
  const messagingSystem = config.stack === "real" ? "kafka" : "eventql";
  const telemetry = await openTelemetry({ messagingSystem, version: version(), logger });
  const gateway = await startGateway(config, logger, telemetry);
  try {
    const first = await Promise.race([gateway.ready, stopped]);
    if (typeof first !== "string") {
      const { aggregates } = first.catalog.current();
      const isSampleOpen = config.sample && accessPolicy(config) === undefined;
      const hasSample = isSampleOpen && aggregates.some(({ topic }) => topic === SAMPLE_TOPIC);
      const isEmpty = aggregates.length === 0;
      terminal.stdout.write(
        readyMessage({ url: gateway.url, stack: config.stack, hasSample, isEmpty, hasGraphiQL: config.graphiql }),
      );
    }
    const signal = await stopped;
    logger.info({ signal }, "stopping");
  } finally {
    await gateway.stop();
    await telemetry.shutdown();
  }
}
