import type { EventLog } from "../../event-log/event-log.ts";
import type { PartitionServices } from "../partition-session.ts";

/** What events of a build are read and folded with: its own definition's, for the catalog in use may be another one. */
export type BuildServices = Pick<PartitionServices, "codec" | "catalog" | "refold" | "projection">;

/** A build of a topic's projection beside the one that a projector keeps. */
export interface BesideBuild {
  readonly id: string;
  readonly services: BuildServices;
  /** Whether there still is such a build, as the read model has it now. */
  isWanted(): Promise<boolean>;
}

/** Which builds a projector makes beside its own, and what they are read from. */
export interface Beside {
  readonly log: Pick<EventLog, "readRange" | "offsets">;
  /** Those of a topic, as of now. */
  builds(topic: string): readonly BesideBuild[];
}
