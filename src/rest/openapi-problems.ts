import type { JsonSchema } from "./scalar-schema.ts";

/** The name of the schema of a problem: one that no type has. */
export const PROBLEM = "problem-details";

/** The schema of an answer that says what went wrong (RFC 9457). */
export const PROBLEM_SCHEMA: JsonSchema = {
  type: "object",
  description: "What went wrong (RFC 9457).",
  properties: {
    title: { type: "string", description: "What the status means." },
    status: { type: "integer" },
    detail: { type: "string", description: "What is wrong, where, and what to do." },
    code: {
      type: "string",
      description: "For programs: an error code of EventQL, or the reason that a rule gave.",
    },
    requestId: { type: "string", description: "The name of the request in the server's log." },
    errors: {
      type: "array",
      description: "The parts of the request that don't fit.",
      items: {
        type: "object",
        properties: {
          detail: { type: "string" },
          pointer: { type: "string", description: "The part of the body, as a JSON Pointer (RFC 6901)." },
          parameter: { type: "string", description: "The parameter of the path or of the query." },
        },
        required: ["detail"],
      },
    },
    currentVersion: {
      type: ["integer", "null"],
      description: "The version that the document has; null: there is none.",
    },
  },
  required: ["title", "status", "detail", "code"],
};

const MEANINGS: Readonly<Record<string, string>> = {
  "400": "The request doesn't fit: the answer names the fields.",
  "401": "Who asks has to prove who they are.",
  "403": "Who asks may not do this.",
  "404": "There is no such document.",
  "409": "It was refused: the code says why.",
  "412": "The document has another version.",
  "413": "The body is too large.",
  "415": "The body is no JSON.",
  "422": "It was refused: what was decided doesn't fit its schema.",
  "429": "More was asked for than may be at a time.",
  "500": "Something unexpected went wrong.",
  "503": "It can't be done now, and may be later.",
  "504": "It may have been done, or not.",
};

/** The responses of statuses that are problems: each stands once, and is referred to. */
export interface ProblemResponses {
  of(statuses: readonly string[]): JsonSchema;
  /** All that were referred to, by their names. */
  all(): JsonSchema;
}

/** Makes them. */
export function problemResponses(): ProblemResponses {
  const content = { "application/problem+json": { schema: { $ref: `#/components/schemas/${PROBLEM}` } } };
  const used = new Set<string>();
  const nameOf = (status: string): string => `problem-${status}`;
  return {
    of(statuses) {
      for (const status of statuses) used.add(status);
      return Object.fromEntries(
        statuses.map((status) => [status, { $ref: `#/components/responses/${nameOf(status)}` }]),
      );
    },
    all: () =>
      Object.fromEntries(
        [...used]
          .toSorted()
          .map((status) => [
            nameOf(status),
            { description: MEANINGS[status] ?? "It was refused: the code says why.", content },
          ]),
      ),
  };
}
