import type { Catalog } from "../../catalog/types.ts";
import type { Config } from "../../config.ts";
import { buildSchema } from "../../graphql/build-schema.ts";
import { graphqlLimits } from "../../runtime/api.ts";
import { readSchemaFolder } from "../../schema-registry/register-folder.ts";
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
export function schemaFindings({ aggregates, skipped }: Catalog, { schemas }: Config): readonly Finding[] {
  const subject = "schemas";
  if (aggregates.length === 0) {
    const message = "there are no event types in the registry";
    const none: Finding =
      schemas === undefined
        ? { level: "fault", subject, message, remedy: "Register some: eventql schema register <folder>." }
        : { level: "note", subject, message, remedy: `eventql start registers those of ${schemas}.` };
    return [none, ...skippedFindings(skipped)];
  }
  const types = aggregates.reduce((sum, { eventTypes }) => sum + eventTypes.length, 0);
  const names = aggregates.map(({ name }) => name).join(", ");
  const message = `${counted(types, "event type")} make ${counted(aggregates.length, "aggregate")}: ${names}`;
  return [{ level: "ok", subject, message }, ...skippedFindings(skipped)];
}

/** Whether the API can be built of them. What it throws is a fault. */
export function apiFindings(catalog: Catalog, { limits }: Config): readonly Finding[] {
  const schema = buildSchema({ catalog, limits: graphqlLimits(limits) });
  const fields = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const [queries = 0, mutations = 0, subscriptions = 0] = fields.map((type) =>
    type === null || type === undefined ? 0 : Object.keys(type.getFields()).length,
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

/** `1 query`, `2 queries`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
