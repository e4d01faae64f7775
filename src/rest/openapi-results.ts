import type { DocumentView } from "./document-view.ts";
import type { SchemaComponents } from "./json-schema.ts";
import type { WriteOperation } from "./operation.ts";
import type { JsonSchema } from "./scalar-schema.ts";

/** The schema of a document as it is answered; a column that a caller may not see is left out. */
export function documentSchema({ columns, isFitted }: DocumentView, schemas: SchemaComponents): JsonSchema {
  const properties = columns.map(({ name, column }): [string, JsonSchema] => {
    if (column === undefined) return [name, { type: "string", description: "The key of the events." }];
    const notes = {
      ...(column.doc !== undefined && { description: column.doc }),
      ...(column.deprecated !== undefined && { deprecated: true }),
    };
    return [name, { ...schemas.output(column.type), ...notes }];
  });
  const certain = columns.filter(({ column }) => !isFitted || column === undefined);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    ...(certain.length > 0 && { required: certain.map(({ name }) => name) }),
  };
}

/** The schema of what is answered of a write. */
export function resultSchema({ isOwned }: WriteOperation, document: JsonSchema | undefined): JsonSchema {
  return {
    type: "object",
    properties: {
      id: { type: "string", description: "The key that it was written to." },
      ...(isOwned && { commandId: { type: "string", description: "The id of the command." } }),
      receipt: { type: "string", description: "Where it is: opaque." },
      status: { type: "string", enum: [...STATUSES], description: "How far it has come." },
      ...(isOwned && {
        version: { type: "integer", description: "The document's version behind it, where it is known." },
      }),
      ...(document !== undefined && { document }),
    },
    required: ["id", "receipt", "status", ...(isOwned ? ["commandId"] : [])],
  };
}

const STATUSES = ["ACCEPTED", "APPENDED", "DECIDED", "PROJECTED", "PENDING", "DEAD_LETTERED"] as const;
