import { catalogInvalid } from "../../catalog/problems.ts";
import type { Catalog } from "../../catalog/types.ts";
import type { Config } from "../../config.ts";
import type { EventQLError } from "../../errors.ts";
import { createApiBuilder, graphqlLimits } from "../../runtime/api.ts";
import { readSchemaFolder } from "../../schema-registry/register-folder.ts";
import { counted } from "../counted.ts";
import type { GatheredCatalog } from "../gather-catalog.ts";
import type { Check, Finding } from "./finding.ts";

/** Whether the schemas of the folder that is registered at the start are right. */
export function folderCheck(folder: string): Check {
  const subject = `folder ${folder}`;
  return {
    subject,
    async run() {
      const { files } = await readSchemaFolder(folder);
      return [{ level: "ok", subject, message: `${counted(files.length, "schema")}, registered at the start` }];
    },
  };
}

/** What the registry's schemas make, and what was left out. */
export function schemaFindings({ catalog, problems }: GatheredCatalog, config: Config): readonly Finding[] {
  const { aggregates, skipped } = catalog;
  const wrong = problems.length === 0 ? [] : [problemFinding(catalogInvalid(problems))];
  const right = aggregates.length > 0 ? [madeFinding(aggregates)] : [];
  const none = wrong.length + right.length === 0 ? [emptyFinding(config)] : [];
  return [...wrong, ...right, ...none, ...skippedFindings(skipped)];
}

function problemFinding({ code, message }: EventQLError): Finding {
  const remedy = "Register a version without it: until then no server starts, and those that run keep what they had.";
  return { level: "fault", subject: "schemas", message: `${code}: ${message}`, remedy };
}

function madeFinding(aggregates: Catalog["aggregates"]): Finding {
  const types = aggregates.reduce((sum, { eventTypes }) => sum + eventTypes.length, 0);
  const names = aggregates.map(({ name }) => name).join(", ");
  const message = `${counted(types, "event type")} make ${counted(aggregates.length, "aggregate")}: ${names}`;
  return { level: "ok", subject: "schemas", message };
}

function emptyFinding({ schemas, topics }: Config): Finding {
  const of = topics === undefined ? "" : ` of topic ${topics.join(", ")}`;
  const found = { subject: "schemas", message: `there are no event types${of} in the registry` };
  return schemas === undefined
    ? { ...found, level: "fault", remedy: "Register some: eventql schema register <folder>." }
    : { ...found, level: "note", remedy: `eventql start registers those of ${schemas}.` };
}

/** Whether the API and its policies can be built of them, as the start does. What it throws is a fault. */
export function apiFindings(catalog: Catalog, config: Config): readonly Finding[] {
  const { schema } = createApiBuilder(config, graphqlLimits(config.limits)).of(catalog);
  const fields = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const [queries = 0, mutations = 0, subscriptions = 0] = fields.map(
    (type) =>
      // What the API has for itself, and for gateways before it, is no query of the user's.
      Object.keys(type?.getFields() ?? {}).filter((name) => !name.startsWith("_")).length,
  );
  const message = `${counted(queries, "query", "queries")}, ${counted(mutations, "mutation")}, ${counted(subscriptions, "subscription")}`;
  return [{ level: "ok", subject: "GraphQL API", message }];
}

function skippedFindings(skipped: Catalog["skipped"]): readonly Finding[] {
  return skipped.map(({ subject, reason }) => ({
    level: "note",
    subject: `subject ${subject}`,
    message: `is left out: ${reason}`,
  }));
}
