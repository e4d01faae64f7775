import type { IncomingHttpHeaders } from "node:http";
import { ProblemError } from "./problem.ts";

/** What a request's headers say of a write, as variables of its mutation. */
export interface WriteConditions {
  readonly commandId: string | undefined;
  readonly ifVersion: string | undefined;
}

/** The value of a document's `ETag`. */
export function etagOf(version: string): string {
  return `"${version}"`;
}

/**
 * Reads `Idempotency-Key` (a text, or one in quotes as draft-ietf-httpapi-idempotency-key-header has it), `If-Match` and
 * `If-None-Match`.
 * @throws ProblemError 400 where one is malformed, 412 where it can't hold.
 */
export function writeConditions(headers: IncomingHttpHeaders): WriteConditions {
  const { "if-match": match, "if-none-match": noneMatch } = headers;
  if (match !== undefined && noneMatch !== undefined) throw malformed("If-Match and If-None-Match", "send one of them");
  return {
    commandId: commandIdOf(headers["idempotency-key"]),
    ifVersion: noneMatch === undefined ? match && expectedBy(match) : absentBy(noneMatch),
  };
}

/** Whether a client that has these entity tags has a document of this version: by the weak comparison. */
export function hasVersion(noneMatch: string | undefined, version: string): boolean {
  if (noneMatch === undefined) return false;
  const tags = new Set(noneMatch.split(",").map((tag) => tag.trim().replace(/^W\//, "")));
  return tags.has("*") || tags.has(etagOf(version));
}

function commandIdOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = String(header).trim();
  const [, quoted] = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/.exec(text) ?? [];
  const id = quoted === undefined ? text : quoted.replaceAll(/\\(["\\])/g, "$1");
  if (id === "" || (quoted === undefined && text.startsWith('"'))) throw malformed("Idempotency-Key", "send a text");
  return id;
}

function expectedBy(match: string): string {
  const tag = match.trim();
  if (tag === "*") return "EXISTS";
  const [, weak, text] = /^(W\/)?"([^"]*)"$/.exec(tag) ?? [];
  if (text === undefined) throw malformed("If-Match", 'send one ETag as it was answered, or "*"');
  // A weak tag, or one that was never answered, is no document's.
  if (weak !== undefined || !/^\d{1,16}$/.test(text)) throw neverMatches(tag);
  return text;
}

function absentBy(noneMatch: string): string {
  if (noneMatch.trim() === "*") return "NO_STREAM";
  throw malformed("If-None-Match", 'a request that writes takes "*" alone');
}

function malformed(header: string, remedy: string): ProblemError {
  return new ProblemError({ status: 400, code: "BAD_USER_INPUT", detail: `${header} can't be used so: ${remedy}.` });
}

function neverMatches(tag: string): ProblemError {
  const detail = `If-Match is ${tag}, which is no document's ETag: read the document again.`;
  return new ProblemError({ status: 412, code: "VERSION_CONFLICT", detail });
}
