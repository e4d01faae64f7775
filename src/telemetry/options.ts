import type { Logger } from "./logger.ts";

/** Whose telemetry it is. */
export interface TelemetryOptions {
  /** The event log, as `messaging.system` names it: `kafka`, or `eventql` for the embedded one. */
  readonly messagingSystem: string;
  /** Of EventQL. */
  readonly version: string;
  readonly logger: Logger;
}
