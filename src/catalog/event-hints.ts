import { childrenOf, recordsIn } from "./avro/children.ts";
import type { AvroNode, RecordNode } from "./avro/node.ts";
import {
  type CatalogHints,
  type FieldHints,
  type HintProblem,
  type RecordHints,
  readFieldHints,
  readRecordHints,
} from "./hints.ts";
import { type CatalogProblem, didYouMean } from "./problems.ts";
import type { SubjectRecord } from "./subjects.ts";

/** Where hints stand that aren't in a schema. */
export const CONFIG = "eventql.config.ts";

/** The hints of an event type, those of the configuration over those of the schema. */
export interface EventHints {
  readonly hints: RecordHints;
  readonly fieldHints: ReadonlyMap<string, FieldHints>;
  readonly hinted: boolean;
  readonly problems: readonly CatalogProblem[];
}

type Report = (subject: string, field: string | undefined, wrong: readonly HintProblem[]) => void;

/** Reads the hints of a record and of its fields. */
export function hintsOf(source: SubjectRecord, config: CatalogHints[string] | undefined): EventHints {
  const { record, subject, topic } = source;
  const { fields: configFields, ...configRecord } = config ?? {};
  const problems: CatalogProblem[] = [];
  const report: Report = (at, field, wrong) =>
    problems.push(...wrong.map((problem) => ({ subject: at, topic, field, ...problem })));
  const own = readRecordHints(record.hints);
  report(subject, undefined, own.problems);
  const configured = readRecordHints(configRecord);
  report(`${CONFIG} ${record.name}`, undefined, configured.problems);
  const fieldHints = fieldHintsOf(source, configFields ?? {}, report);
  const hinted = config !== undefined || [record, ...record.fields].some(({ hints }) => hints !== undefined);
  return { hints: { ...own.hints, ...configured.hints }, fieldHints, hinted, problems };
}

function fieldHintsOf(
  { record, subject }: SubjectRecord,
  configFields: Readonly<Record<string, FieldHints>>,
  report: Report,
): ReadonlyMap<string, FieldHints> {
  const place = `${CONFIG} ${record.name}`;
  const fieldHints = new Map<string, FieldHints>();
  for (const { name, hints } of record.fields) {
    const own = readFieldHints(hints);
    report(subject, name, own.problems);
    const configured = readFieldHints(Object.hasOwn(configFields, name) ? configFields[name] : undefined);
    report(place, name, configured.problems);
    fieldHints.set(name, { ...own.hints, ...configured.hints });
  }
  for (const name of Object.keys(configFields)) {
    if (fieldHints.has(name)) continue;
    report(place, name, [{ problem: "there is no such field", remedy: didYouMean(name, [...fieldHints.keys()]) }]);
  }
  return fieldHints;
}

/** Whether any field of any record in a schema has hints. */
export function hasFieldHints(schema: AvroNode): boolean {
  return [...recordsIn(schema)].some(({ fields }) => fields.some(({ hints }) => hints !== undefined));
}

/**
 * Hints that stand deeper than on an event's own fields. They would mean nothing, and a `hidden` would hide nothing.
 * A nested record that is an event type itself may have its hints, `hidden` excepted.
 */
export function nestedHintProblems(
  { record, subject, topic }: SubjectRecord,
  eventTypes: ReadonlySet<string>,
): readonly CatalogProblem[] {
  const seen = new Set<AvroNode>([record]);
  const visit = (node: AvroNode): readonly string[] => {
    if (seen.has(node)) return [];
    seen.add(node);
    const own = node.type === "record" ? misplaced(node, eventTypes) : [];
    return [...own, ...childrenOf(node).flatMap(visit)];
  };
  return childrenOf(record)
    .flatMap(visit)
    .map((field) => ({
      subject,
      topic,
      field,
      problem: "hints stand in a nested record, where they mean nothing",
      remedy: "Put them on a field of the event itself",
    }));
}

function misplaced(record: RecordNode, eventTypes: ReadonlySet<string>): readonly string[] {
  return record.fields
    .filter(({ hints }) => (eventTypes.has(record.name) ? readFieldHints(hints).hints.hidden : hints !== undefined))
    .map(({ name }) => `${record.name}.${name}`);
}
