import type { GraphQLSchema } from "graphql";
import { gatherSubjects } from "../../catalog/gather.ts";
import { describeProblem } from "../../catalog/problems.ts";
import { type CatalogState, type Reload, firstState, reloadCatalog } from "../../catalog/reload.ts";
import type { GatheredSubject } from "../../catalog/subjects.ts";
import type { Config } from "../../config.ts";
import type { Flags } from "../../config/sources.ts";
import { EventQLError } from "../../errors.ts";
import { buildValidSchema } from "../../graphql/build-valid-schema.ts";
import { compareSchemas } from "../../graphql/compare-schemas.ts";
import { graphqlLimits } from "../../runtime/api.ts";
import { catalogOptions } from "../../runtime/prepare.ts";
import { registerFolder } from "../../schema-registry/register-folder.ts";
import type { TrialRegistry } from "../../schema-registry/trial-registry.ts";
import { configOf } from "../session.ts";
import type { Terminal } from "../terminal.ts";
import type { SchemaFindings } from "./findings.ts";
import { openSource } from "./open-source.ts";

/** An API, with what its schemas have that isn't in it. */
interface TrialApi extends Pick<SchemaFindings, "problems" | "leftOut"> {
  readonly state: CatalogState;
  readonly schema: GraphQLSchema;
}

/**
 * Registers the folder's schemas on trial on top of a source's, and lists what that changes.
 * @throws EventQLError `BAD_USER_INPUT`, `CONFIG_INVALID`, `REGISTRY_UNAVAILABLE` where a side can't be read; `SCHEMA_INVALID`
 *   where the folder holds what is no valid Avro.
 */
export async function findChanges(
  against: string | undefined,
  flags: Flags,
  terminal: Terminal,
): Promise<SchemaFindings> {
  const config = await configOf(flags, terminal);
  const { schemas } = config;
  if (schemas === undefined)
    throw new EventQLError("BAD_USER_INPUT", "There is no folder schemas here: name the one to check by --schemas.");
  const { registry, sdl } = await openSource(against, config, terminal);
  const options = catalogOptions(config);
  const empty = firstState([], {});
  const before = await apiOf(registry, config, (subjects) => reloadCatalog(empty, subjects, options));
  await registerFolder(registry, schemas);
  const { state } = before;
  // As a gateway that runs would take them over: a topic with a problem keeps what it has.
  const after = await apiOf(registry, config, (subjects) => reloadCatalog(state, subjects, options));
  const known = new Set(before.leftOut.map(({ subject }) => subject));
  return {
    ...compareSchemas(sdl ?? before.schema, after.schema),
    incompatible: registry.incompatible,
    problems: after.problems.filter((problem) => !before.problems.includes(problem)),
    leftOut: after.leftOut.filter(({ subject }) => !known.has(subject)),
  };
}

async function apiOf(
  registry: TrialRegistry,
  config: Config,
  load: (subjects: readonly GatheredSubject[]) => Reload,
): Promise<TrialApi> {
  const { state, problems } = load(await gatherSubjects(registry));
  const { catalog } = state;
  return {
    state,
    schema: buildValidSchema({ catalog, limits: graphqlLimits(config.limits) }),
    problems: problems.map(describeProblem),
    leftOut: catalog.skipped,
  };
}
