import type { IncomingMessage, ServerResponse } from "node:http";
import type { ReadOperation } from "../../rest/operation.ts";
import { sendJson } from "../responses.ts";
import { etagOf, hasVersion } from "./preconditions.ts";
import { problemOfError } from "./problem-of.ts";
import { ProblemError } from "./problem.ts";
import { type Asker, type RouteEngine, objectOf, runOperation, selectionFor } from "./run-operation.ts";

/** Kept only to be asked for again, and by nobody else. */
const HEADERS = { "cache-control": "private, no-cache" } as const;

/** Answers with a document. @throws ProblemError, EventQLError. */
export async function answerRead(
  engine: RouteEngine,
  asker: Asker,
  { view, document }: ReadOperation,
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const result = await runOperation(engine, asker, document(selectionFor(engine, asker, view)), { id });
  const [error] = result.errors ?? [];
  if (error !== undefined) throw new ProblemError(problemOfError(error));
  const found = objectOf(result, "document");
  if (found === undefined)
    throw new ProblemError({ status: 404, code: "NOT_FOUND", detail: `There is no ${view.aggregate} of this id.` });
  const version = view.versionOf(found);
  const headers = version === undefined ? HEADERS : { ...HEADERS, etag: etagOf(version) };
  if (version !== undefined && hasVersion(request.headers["if-none-match"], version)) {
    response.writeHead(304, headers).end();
    return;
  }
  sendJson(response, 200, view.toJson(found), headers);
}
