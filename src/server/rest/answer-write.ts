import type { IncomingMessage, ServerResponse } from "node:http";
import type { ExecutionResult, GraphQLError } from "graphql";
import type { JsonObject } from "../../rest/json-input.ts";
import { isObject } from "../../rest/json-input.ts";
import type { WriteOperation } from "../../rest/operation.ts";
import { type ProblemPart, readQuery } from "../../rest/request-parts.ts";
import { writeInput } from "../../rest/write-input.ts";
import { sendJson } from "../responses.ts";
import { etagOf, writeConditions } from "./preconditions.ts";
import { problemOfError } from "./problem-of.ts";
import { ProblemError } from "./problem.ts";
import { readBody } from "./request-json.ts";
import type { MatchedRoute } from "./route-table.ts";
import { type Asker, type RouteEngine, objectOf, runOperation, selectionForWriter } from "./run-operation.ts";

/** A request to write something. */
interface Asked {
  readonly route: MatchedRoute;
  readonly operation: WriteOperation;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly bodyBytes: number;
}

/** Writes, and answers with what became of it. @throws ProblemError, EventQLError. */
export async function answerWrite(engine: RouteEngine, asker: Asker, asked: Asked): Promise<void> {
  const { operation } = asked;
  const variables = await variablesOf(asked);
  const selection = operation.view && selectionForWriter(engine, asker, operation.view);
  const result = await runOperation(engine, asker, operation.document(selection), variables);
  const written = objectOf(result, "result");
  if (written === undefined) throw new ProblemError(failureOf(result, operation));
  if (written["status"] === "REJECTED") throw new ProblemError(rejectionOf(written, operation));
  // What is written stays written: a document that can't be shown whole is left out.
  sendWritten(asked, result.errors === undefined ? written : { ...written, document: null });
}

async function variablesOf({ route, operation, request, bodyBytes }: Asked): Promise<Record<string, unknown>> {
  const { body: shape, writes, isOwned, wait } = operation;
  const conditions = writeConditions(request.headers);
  if (!isOwned && Object.values(conditions).some((given) => given !== undefined)) throw notOwned(writes.name);
  const inQuery = (shape?.parameters ?? []).filter((each) => each.in === "query");
  const { query, parts } = readQuery(
    request.url ?? "",
    inQuery.map(({ name }) => name),
  );
  const body = await readBody(request, bodyBytes);
  if (shape === undefined && body !== undefined)
    throw misfit(writes.name, [{ pointer: "#", detail: "there must be no body" }]);
  const read = shape && writeInput(shape, body, { path: route.parameters, query });
  const all = [...parts, ...(read?.parts ?? [])];
  if (all.length > 0) throw misfit(writes.name, all);
  return {
    ...(route.id !== undefined && { id: route.id }),
    ...(read !== undefined && { input: read.input }),
    ...(conditions.commandId !== undefined && { commandId: conditions.commandId }),
    ...(conditions.ifVersion !== undefined && { ifVersion: conditions.ifVersion }),
    // A precondition that fails is to be told, so it is waited for.
    wait: conditions.ifVersion !== undefined && wait === "NONE" ? "DECIDED" : wait,
  };
}

function sendWritten({ operation, response }: Asked, written: JsonObject): void {
  const { view } = operation;
  const { id, commandId, receipt, status: reached } = written;
  const found = isObject(written["document"]) ? written["document"] : undefined;
  const version = versionOf(found === undefined ? undefined : view?.versionOf(found)) ?? versionOf(written["version"]);
  const status = reached === "PENDING" || reached === "DEAD_LETTERED" ? 202 : operation.status;
  const location = status === 201 && typeof id === "string" ? operation.location(id) : undefined;
  sendJson(
    response,
    status,
    {
      id,
      ...(typeof commandId === "string" && { commandId }),
      receipt,
      status: reached,
      ...(operation.isOwned && version !== undefined && { version }),
      ...(found !== undefined && view !== undefined && { document: view.toJson(found) }),
    },
    {
      ...(typeof receipt === "string" && { "eventql-receipt": receipt }),
      ...(version !== undefined && { etag: etagOf(String(version)) }),
      ...(location !== undefined && { location }),
    },
  );
}

function versionOf(text: unknown): number | undefined {
  return typeof text === "string" && text !== "" ? Number(text) : undefined;
}

function rejectionOf(
  { rejection, commandId, receipt }: JsonObject,
  { rejections }: WriteOperation,
): ProblemError["problem"] {
  const { code, message, currentVersion } = isObject(rejection) ? rejection : {};
  const known = typeof code === "string" ? code : "INTERNAL";
  const current = versionOf(currentVersion);
  return {
    status: rejectionStatus(known, rejections),
    code: known,
    detail: typeof message === "string" ? message : "It was refused.",
    more: { commandId, receipt, ...(known === "VERSION_CONFLICT" && { currentVersion: current ?? null }) },
    headers: known === "VERSION_CONFLICT" && current !== undefined ? { etag: etagOf(String(current)) } : undefined,
  };
}

/** A rule's own code is a conflict with the state that it decided on. */
function rejectionStatus(code: string, rejections: WriteOperation["rejections"]): number {
  if (code === "VERSION_CONFLICT") return 412;
  if (Object.hasOwn(rejections, code)) return rejections[code] ?? 409;
  if (code === "RULE_FAILED" || code === "INTERNAL") return 500;
  return code === "EVENT_INVALID" ? 422 : 409;
}

/** Nothing was written, or nobody knows. */
function failureOf({ errors = [] }: ExecutionResult, { body, writes }: WriteOperation): ProblemError["problem"] {
  const [error] = errors;
  if (error === undefined) return { status: 500, code: "INTERNAL", detail: "The operation has no result." };
  const parts = body === undefined ? [] : partsOf(error);
  return parts.length > 0 ? misfit(writes.name, parts).problem : problemOfError(error);
}

/** What the engine found that reading the input didn't. */
function partsOf({ extensions: { code, details } }: GraphQLError): readonly ProblemPart[] {
  const problems = code === "EVENT_INVALID" && isObject(details) ? details["problems"] : undefined;
  if (!Array.isArray(problems)) return [];
  return problems.flatMap((each: unknown): ProblemPart[] => {
    if (!isObject(each) || !Array.isArray(each["path"])) return [];
    const path = each["path"].map(String);
    return [{ pointer: `#/${path.join("/")}`, detail: `${path.join(".")} ${String(each["reason"])}` }];
  });
}

function misfit(name: string, parts: readonly ProblemPart[]): ProblemError {
  const detail = `The request doesn't fit ${name}: ${parts.map((part) => part.detail).join("; ")}.`;
  return new ProblemError({ status: 400, code: "BAD_USER_INPUT", detail, errors: parts });
}

function notOwned(name: string): ProblemError {
  return new ProblemError({
    status: 400,
    code: "NOT_OWNED",
    detail:
      `Idempotency-Key, If-Match and If-None-Match can't be kept for ${name}: its topic is open, without one writer that ` +
      "could promise it. Leave them out, or give the topic an owner.",
  });
}
