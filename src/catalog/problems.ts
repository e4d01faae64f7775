import { closest, distance } from "fastest-levenshtein";
import { type ErrorCode, EventQLError } from "../errors.ts";

/** A mistake in a hint: where it stands, what is wrong, and what to do. */
export interface CatalogProblem {
  /** The subject, or `eventql.config.ts`. */
  readonly subject: string;
  readonly topic: string | undefined;
  /** Other topics that the mistake may come from. */
  readonly beside?: readonly string[];
  readonly field: string | undefined;
  readonly problem: string;
  readonly remedy: string;
}

/** Why something that the registry has isn't in the catalog. */
export interface CatalogFault {
  readonly code: ErrorCode;
  /** The topic that keeps what it had; undefined: the whole catalog does. */
  readonly topic: string | undefined;
  readonly reason: string;
}

/** The error of wrong hints: all of them, each with subject, field and remedy. */
export function catalogInvalid(problems: readonly CatalogProblem[]): EventQLError {
  const sorted = problems.toSorted((a, b) => (describeProblem(a) < describeProblem(b) ? -1 : 1));
  const count = sorted.length === 1 ? "a hint is wrong" : `${sorted.length} hints are wrong`;
  const list = sorted.map((problem) => `\n- ${describeProblem(problem)}`).join("");
  return new EventQLError("CATALOG_INVALID", `The catalog can't be built: ${count}.${list}`, {
    details: { problems: sorted },
  });
}

/** A problem in words: where it stands, what it is, and what to do. */
export function describeProblem({ subject, field, problem, remedy }: CatalogProblem): string {
  const end = remedy.endsWith("?") ? "" : ".";
  return `${subject}${field === undefined ? "" : `, field ${field}`}: ${problem}. ${remedy}${end}`;
}

/** Of an event type's problems, how many a reason lists. */
const MAX_LISTED = 10;

/** Why an event type is left out: all its problems, with its name where its subject may hold others too. */
export function leftOutBecause(record: string, problems: readonly CatalogProblem[]): string {
  const { subject = "" } = problems[0] ?? {};
  const who = subject.endsWith(record) ? "" : `event type ${record}: `;
  const more = problems.length > MAX_LISTED ? `; and ${problems.length - MAX_LISTED} more` : "";
  const list = problems.slice(0, MAX_LISTED).map(({ problem }) => problem);
  const remedies = new Set(problems.map(({ remedy }) => remedy));
  return `${who}${list.join("; ")}${more}. ${[...remedies].join(". ")}`;
}

/** "did you mean …" where one of the names is close, else what there is. */
export function didYouMean(wrong: string, known: readonly string[]): string {
  if (known.length === 0) return "There are none";
  const near = closest(
    wrong.toLowerCase(),
    known.map((name) => name.toLowerCase()),
  );
  const match = known.find((name) => name.toLowerCase() === near);
  if (match !== undefined && distance(wrong.toLowerCase(), near) <= Math.max(1, Math.floor(wrong.length / 3)))
    return `Did you mean ${match}?`;
  return known.length > 12 ? "Look it up in the registry" : `There are ${known.toSorted().join(", ")}`;
}
