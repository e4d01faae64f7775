import { z } from "zod";
import { durationMs } from "../model/duration.ts";
import { didYouMean } from "./problems.ts";
import type { EventEffect, FieldEffect } from "./types.ts";

const typeName = z.string().regex(/^[A-Z][_0-9A-Za-z]*$/, "must be a name in PascalCase");
const fieldName = z.string().regex(/^[a-z][_0-9A-Za-z]*$/, "must be a name in lowerCamelCase");
const columnName = z
  .string()
  .regex(/^(?!__)[A-Za-z_]\w*$/, "must be a name of letters, digits and _ that does not begin with __")
  .refine((name) => !RESERVED_COLUMNS.has(name), "is a name that every document has for itself");
const topicName = z.string().regex(/^[\w.-]{1,249}$/, "must be the name of a topic");

/** Names that a document has for itself: a payload's field of such a name becomes `payload_…`. */
export const RESERVED_COLUMNS: ReadonlySet<string> = new Set(["id", "_id", "_meta"]);

/** What can be said of a field. */
export interface FieldHints {
  /** The column that it goes to. */
  readonly column?: string | undefined;
  readonly effect?: FieldEffect | undefined;
  /** The name of the aggregate whose id it holds. */
  readonly references?: string | undefined;
  /** Never shown anywhere. */
  readonly hidden?: boolean | undefined;
  /** It repeats the key: no column. */
  readonly key?: boolean | undefined;
  /** Its column has an index, for filters and orders on large collections. */
  readonly index?: boolean | undefined;
}

/** For how long events are kept: an ISO 8601 duration without years and months, or days. */
export type HistoryLength = { readonly ttl: string } | { readonly ttlDays: number };

/** What can be said of a record. */
export interface RecordHints {
  /** The aggregate's name. */
  readonly aggregate?: string | undefined;
  /** The topic, where the subject's name doesn't say it. */
  readonly topic?: string | undefined;
  readonly effect?: EventEffect | undefined;
  /** The event type's name in GraphQL. */
  readonly name?: string | undefined;
  /** The name of the aggregate's list in GraphQL. */
  readonly plural?: string | undefined;
  /** Whether subscribers are told what a document was before a change; said once, it holds for the aggregate. */
  readonly previous?: boolean | undefined;
  /** Whether, and how long, each key's events are kept; said once, it holds for the aggregate. */
  readonly history?: boolean | HistoryLength | undefined;
  /** Whether EventQL alone appends to the topic, a writer a partition; said once, it holds for the aggregate. */
  readonly owned?: boolean | undefined;
  /** Whether events of several keys can be appended as one; the topic is owned then. Said once. */
  readonly transactions?: boolean | undefined;
  /** Whether an event that equals the newest one of its key is dropped; the topic is owned then. Said once. */
  readonly deduplicate?: boolean | undefined;
  /** Whether the record is no event type: its fields are the aggregate's columns. */
  readonly state?: boolean | undefined;
}

const fieldShape = {
  column: columnName.optional(),
  effect: z.enum(["set", "add", "multiply", "min", "max", "append", "remove"]).optional(),
  references: typeName.optional(),
  hidden: z.boolean().optional(),
  key: z.boolean().optional(),
  index: z.boolean().optional(),
};

/** As many seconds as MongoDB can wait before it removes a document. */
const MAX_TTL_MS = (2 ** 31 - 1) * 1_000;

const ttl = z.string().refine((text) => {
  const ms = durationMs(text) ?? 0;
  return ms > 0 && ms <= MAX_TTL_MS;
});
const ttlDays = z
  .int()
  .min(1)
  .max(Math.floor(MAX_TTL_MS / 86_400_000));

const historyHint = z.union([z.boolean(), z.strictObject({ ttl }), z.strictObject({ ttlDays })]);

const recordShape = {
  aggregate: typeName.optional(),
  topic: topicName.optional(),
  effect: z.enum(["upsert", "create", "update", "delete", "ignore"]).optional(),
  name: typeName.optional(),
  plural: fieldName.optional(),
  previous: z.boolean().optional(),
  history: z.custom<boolean | HistoryLength>((value) => historyHint.safeParse(value).success).optional(),
  owned: z.boolean().optional(),
  transactions: z.boolean().optional(),
  deduplicate: z.boolean().optional(),
  state: z.boolean().optional(),
};

/**
 * Hints of `eventql.config.ts` by the records' full names; each wins over the same one in the schema. They are for
 * schemas that one may not change.
 */
export type CatalogHints = Readonly<
  Record<string, RecordHints & { readonly fields?: Readonly<Record<string, FieldHints>> | undefined }>
>;

const fieldSchema = z.strictObject(fieldShape);
const recordSchema = z.strictObject(recordShape);

/** Hints that were read, and what is wrong with them: a wrong one is left out. */
export interface ReadHints<T> {
  readonly hints: T;
  readonly problems: readonly HintProblem[];
}

/** A wrong hint, without where it stands. */
export interface HintProblem {
  readonly problem: string;
  readonly remedy: string;
}

const NO_HINTS = { hints: {}, problems: [] };

/** Reads the attribute `eventql` of a record; undefined: none. */
export function readRecordHints(value: unknown): ReadHints<RecordHints> {
  return value === undefined ? NO_HINTS : read(recordSchema, Object.keys(recordShape), value);
}

/** Reads the attribute `eventql` of a field; undefined: none. */
export function readFieldHints(value: unknown): ReadHints<FieldHints> {
  return value === undefined ? NO_HINTS : read(fieldSchema, Object.keys(fieldShape), value);
}

function read<T>(schema: z.ZodType<T>, known: readonly string[], value: unknown): ReadHints<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { hints: parsed.data, problems: [] };
  const { issues } = parsed.error;
  const wrong = new Set(issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : [issue.path[0]])));
  const rest = isObject(value) ? Object.entries(value).filter(([name]) => !wrong.has(name)) : [];
  return {
    hints: schema.parse(Object.fromEntries(rest)),
    problems: issues.flatMap((issue) => problemsOf(issue, known, value)),
  };
}

function problemsOf(issue: z.core.$ZodIssue, known: readonly string[], value: unknown): readonly HintProblem[] {
  const name = issue.path.map(String).join(".");
  if (name === "history" && isObject(value)) return [wrongHistory(value["history"])];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({ problem: `there is no hint ${key}`, remedy: didYouMean(key, known) }));
    case "invalid_value":
      return [
        {
          problem: `the ${name} ${JSON.stringify(isObject(value) ? value[name] : value)} is unknown`,
          remedy: `It is one of ${issue.values.join(", ")}`,
        },
      ];
    case "invalid_type":
      return [
        {
          problem: name === "" ? "the hints are no object" : `the hint ${name} is of the wrong type`,
          remedy: `Make it ${issue.expected === "object" ? "an" : "a"} ${issue.expected}`,
        },
      ];
    default:
      return [{ problem: `the hint ${name} ${issue.message}`, remedy: "Choose another name" }];
  }
}

function wrongHistory(history: unknown): HintProblem {
  return {
    problem: `the history ${JSON.stringify(history)} can't be understood`,
    remedy: 'Make it true, or say for how long: { "ttl": "P30D" } or { "ttlDays": 30 }',
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
