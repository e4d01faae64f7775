import type { SkippedSubject } from "../../catalog/types.ts";
import type { SchemaChanges } from "../../graphql/compare-schemas.ts";
import type { TrialIncompatibility } from "../../schema-registry/trial-registry.ts";

/** What registering schemas would do. */
export interface SchemaFindings extends SchemaChanges {
  /** What a registry refuses. */
  readonly incompatible: readonly TrialIncompatibility[];
  /** Wrong hints, each with its remedy. */
  readonly problems: readonly string[];
  /** Subjects that would not be in the API. */
  readonly leftOut: readonly SkippedSubject[];
}
