import type { IncomingMessage } from "node:http";
import { messageOf } from "../../errors.ts";
import { mediaTypeOf } from "../events/request-body.ts";
import { CSRF_HEADER } from "../request-checks.ts";
import { ProblemError } from "./problem.ts";

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json$/;

/**
 * Reads the body of a request as JSON; undefined: it has none.
 * @throws ProblemError 400 where it is no JSON, 413 where it is too large, 415 where it says to be something else, or where
 *   a foreign web page could have sent it unasked.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const { headers, method } = request;
  const declared = Number(headers["content-length"] ?? 0);
  const hasBody = headers["transfer-encoding"] !== undefined || declared > 0;
  const type = mediaTypeOf(request);
  const isJson = JSON_TYPE.test(type);
  if (!isJson && (type !== "" || hasBody))
    throw notJson(type === "" ? "The body says no content type" : `The body is ${type}`);
  // Browsers send such a POST for any page without asking first.
  if (method === "POST" && !isJson && headers[CSRF_HEADER] === undefined)
    throw notJson("The request says no content type");
  const { "content-encoding": encoding = "identity" } = headers;
  if (encoding.toLowerCase() !== "identity") throw notJson(`The body is encoded as ${encoding}`);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  const text = hasBody ? await readText(request, maxBytes) : "";
  return text.trim() === "" ? undefined : parsed(text);
}

async function readText(request: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const data = Buffer.from(chunk);
    bytes += data.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(data);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw malformed("it is not UTF-8");
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(messageOf(error));
  }
}

function malformed(why: string): ProblemError {
  return new ProblemError({
    status: 400,
    code: "BAD_USER_INPUT",
    detail: `The body is not JSON: ${why}. Send an object of fields.`,
  });
}

function notJson(what: string): ProblemError {
  return new ProblemError({
    status: 415,
    code: "BAD_USER_INPUT",
    detail: `${what}: send JSON, with content-type: application/json.`,
    headers: { accept: "application/json" },
  });
}

function tooLarge(maxBytes: number): ProblemError {
  return new ProblemError({
    status: 413,
    code: "LIMIT_EXCEEDED",
    detail: `The request's body is larger than ${maxBytes} bytes: send less at a time.`,
    // The rest of it is not read.
    headers: { connection: "close" },
  });
}
