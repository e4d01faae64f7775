import { isOptional } from "../graphql/types/input.ts";
import type { AuthConfig } from "../security/auth-config.ts";
import { type JsonSchema } from "./scalar-schema.ts";
import { type SchemaComponents, schemaComponents } from "./json-schema.ts";
import { PROBLEM, PROBLEM_SCHEMA, type ProblemResponses, problemResponses } from "./openapi-problems.ts";
import { documentSchema, resultSchema } from "./openapi-results.ts";
import type { CompiledRoute, ReadOperation, WriteOperation } from "./operation.ts";
import { KEY_PARAMETER, type RouteSpec } from "./route-spec.ts";

/** What the document says besides the routes. */
export interface OpenApiOptions {
  /** Grows as schemas are registered. */
  readonly generation: number;
  readonly auth: AuthConfig | undefined;
}

/** Describes the routes that can be served, as OpenAPI 3.1. */
export function openApiOf(routes: readonly CompiledRoute[], { generation, auth }: OpenApiOptions): JsonSchema {
  const schemas = schemaComponents();
  const problems = problemResponses();
  const ids = Map.groupBy(routes, ({ spec }) => operationId(spec));
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { spec, operation } of routes) {
    if (operation === undefined) continue;
    const described =
      operation.kind === "read"
        ? readItem(spec, operation, schemas, problems)
        : writeItem(spec, operation, schemas, problems);
    const common = {
      // Where two would have the same, they are called by what they are.
      operationId: ids.get(operationId(spec))?.length === 1 ? operationId(spec) : spec.on,
      ...(spec.route.summary !== undefined && { summary: spec.route.summary }),
    };
    paths[spec.path] = { ...paths[spec.path], [spec.method.toLowerCase()]: { ...common, ...described } };
  }
  return {
    openapi: "3.1.1",
    info: { title: "EventQL", version: String(generation) },
    paths,
    components: {
      schemas: { ...schemas.all(), [PROBLEM]: PROBLEM_SCHEMA },
      responses: problems.all(),
      ...securitySchemes(auth),
    },
    ...security(auth),
  };
}

/** `PUT /values/{id}` → `putValuesById`. */
function operationId({ method, path }: RouteSpec): string {
  const parts = path.split(/[^A-Za-z0-9{}]+/).filter((part) => part !== "");
  const words = parts.map((part) => part.replace(/^\{(.*)\}$/, "by_$1"));
  return [method.toLowerCase(), ...words.flatMap((word) => word.split(/_+/)).map(capitalized)].join("");
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function readItem(
  { parameters }: RouteSpec,
  { view }: ReadOperation,
  schemas: SchemaComponents,
  problems: ProblemResponses,
): JsonSchema {
  const etag = header("The version of the document, for If-Match and If-None-Match.");
  return {
    parameters: [
      ...parameters.map((name) => pathParameter(name, KEY)),
      headerParameter("If-None-Match", "Answers 304 where the document still has this ETag."),
      headerParameter("eventql-consistent-with", "Receipts, separated by commas: answers once their events are shown."),
    ],
    responses: {
      "200": { description: "The document.", headers: { ETag: etag }, content: json(documentSchema(view, schemas)) },
      "304": { description: "The document is as the client has it.", headers: { ETag: etag } },
      ...problems.of(["400", "401", "403", "404", "409", "429", "500", "503"]),
    },
  };
}

function writeItem(
  { parameters }: RouteSpec,
  operation: WriteOperation,
  schemas: SchemaComponents,
  problems: ProblemResponses,
): JsonSchema {
  const { body, isOwned, wait, view, status, rejections, writes } = operation;
  const filled = new Map((body?.parameters ?? []).map((each) => [`${each.in} ${each.name}`, each.field]));
  const query = (body?.parameters ?? []).filter((each) => each.in === "query");
  const result = resultSchema(operation, view && documentSchema(view, schemas));
  const answer = (description: string): JsonSchema => ({ description, headers: RECEIPT, content: json(result) });
  const refusals = isOwned ? ["409", "412", "422", ...Object.values(rejections).map(String)] : [];
  return {
    ...(writes.doc !== undefined && { description: writes.doc }),
    parameters: [
      ...parameters.map((name) => {
        const field = filled.get(`path ${name}`);
        return pathParameter(name, field === undefined ? KEY : schemas.input({ ...field.type, nullable: false }));
      }),
      ...query.map(({ name, field }) => ({
        name,
        in: "query",
        required: !isOptional(field),
        schema: schemas.input({ ...field.type, nullable: false }),
        ...(field.doc !== undefined && { description: field.doc }),
      })),
      ...(isOwned ? PRECONDITIONS : []),
    ],
    ...(body !== undefined && {
      requestBody: {
        required: body.fields.some((field) => !isOptional(field)),
        content: json(schemas.inputObject(body.fields, writes.doc)),
      },
    }),
    responses: {
      [status]: answer(wait === "NONE" ? "It is stored durably." : "It is done."),
      ...(wait !== "NONE" && status !== 202 && { "202": answer("It is stored durably, and not done in time.") }),
      ...problems.of(["400", "401", "403", "413", "415", "429", "500", "503", "504", ...refusals]),
    },
  };
}

const KEY: JsonSchema = { type: "string", minLength: 1 };

const RECEIPT: JsonSchema = {
  "eventql-receipt": header("The receipt of the answer: send it as eventql-consistent-with to read what was written."),
};

const PRECONDITIONS: readonly JsonSchema[] = [
  headerParameter("Idempotency-Key", "Names the request: sent again with the same key, it does nothing more."),
  headerParameter("If-Match", 'An ETag of the document, or "*": it must exist.'),
  headerParameter("If-None-Match", '"*": there must be no document.'),
];

function pathParameter(name: string, schema: JsonSchema): JsonSchema {
  const description = name === KEY_PARAMETER ? { description: "The key of the events." } : {};
  return { name, in: "path", required: true, ...description, schema };
}

function headerParameter(name: string, description: string): JsonSchema {
  return { name, in: "header", description, schema: { type: "string" } };
}

function header(description: string): JsonSchema {
  return { description, schema: { type: "string" } };
}

function json(schema: JsonSchema): JsonSchema {
  return { "application/json": { schema } };
}

function securitySchemes(auth: AuthConfig | undefined): JsonSchema {
  if (auth === undefined) return {};
  const bearer = { type: "http", scheme: "bearer", bearerFormat: "JWT" };
  const apiKey = { type: "apiKey", in: "header", name: "x-api-key" };
  return {
    securitySchemes: { ...(auth.jwt !== undefined && { bearer }), ...(auth.apiKeys.length > 0 && { apiKey }) },
  };
}

/** Either of them, and none where nobody has to prove anything. */
function security(auth: AuthConfig | undefined): JsonSchema {
  if (auth === undefined) return {};
  const ways = [...(auth.jwt === undefined ? [] : ["bearer"]), ...(auth.apiKeys.length > 0 ? ["apiKey"] : [])];
  return { security: [...ways.map((way) => ({ [way]: [] })), ...(auth.required ? [] : [{}])] };
}
