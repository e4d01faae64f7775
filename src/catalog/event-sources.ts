import { type EnumSymbols, collectSymbols, symbolJoiner } from "./avro/enums.ts";
import type { RecordNode } from "./avro/node.ts";
import { CONFIG, hasFieldHints, hintsOf, nestedHintProblems } from "./event-hints.ts";
import type { CatalogHints, FieldHints, RecordHints } from "./hints.ts";
import { type CatalogProblem, didYouMean } from "./problems.ts";
import { type GatheredSubject, type SubjectRecord, common, readSubject } from "./subjects.ts";
import { ownOf } from "./own-of.ts";
import { topicKind } from "./topic-kinds.ts";
import type { SkippedSubject } from "./types.ts";

/** An event type, or a command type, in the making: a record on a topic, with its hints. */
export interface EventSource extends SubjectRecord {
  readonly topic: string;
  /** The record to read with: enums have the symbols of all versions. */
  readonly record: RecordNode;
  readonly hints: RecordHints;
  readonly fieldHints: ReadonlyMap<string, FieldHints>;
  /** Whether anybody gave it a hint: then a mistake in it is theirs to mend, not to be left out. */
  readonly hinted: boolean;
}

/** What the subjects hold. */
export interface EventSources {
  /** In the order of their first registration. */
  readonly sources: readonly EventSource[];
  /** The records on topics of commands, in the order of their first registration. */
  readonly commands: readonly EventSource[];
  readonly skipped: readonly SkippedSubject[];
  readonly problems: readonly CatalogProblem[];
  /** The topics that each subject's event and command types are on; subjects that have none aren't in it. */
  readonly topicsOf: SubjectTopics;
}

/** Topics by subject. */
export type SubjectTopics = ReadonlyMap<string, ReadonlySet<string>>;

/** Finds the event and command types of all subjects, and reads their hints. */
export function readEventSources(subjects: readonly GatheredSubject[], config: CatalogHints): EventSources {
  const skipped: SkippedSubject[] = [];
  const found: EventSource[] = [];
  const problems: CatalogProblem[] = [];
  const symbols = new Map<string, EnumSymbols>();
  const withHints = new Set<string>();
  const referenced = referencedSubjects(subjects);
  for (const gathered of subjects) {
    const content = readSubject(gathered);
    if (content.kind === "skipped" && !(content.isSound === true && referenced.has(gathered.subject)))
      skipped.push({ subject: gathered.subject, reason: content.reason });
    if (content.kind !== "records") continue;
    const topics = new Set<string>();
    for (const record of content.records) {
      const read = hintsOf(record, ownOf(config, record.record.name));
      const topic = record.topic ?? read.hints.topic;
      if (topic === undefined) {
        const reason = topicless(record, read.problems[0]);
        if (!referenced.has(gathered.subject)) skipped.push({ subject: gathered.subject, reason });
        continue;
      }
      problems.push(...read.problems.map((problem) => ({ ...problem, topic })));
      topics.add(topic);
      if (topicKind(topic) !== "outcomes") found.push({ ...record, ...read, topic });
    }
    for (const topic of topics) for (const schema of content.schemas) collectSymbols(schema, symbolsOf(symbols, topic));
    if (content.schemas.some(hasFieldHints)) withHints.add(gathered.subject);
  }
  const events = found.filter(isEvent);
  const names = new Set(events.map(({ record }) => record.name));
  const known = new Set(found.map(({ record }) => record.name));
  problems.push(
    ...events.filter(({ subject }) => withHints.has(subject)).flatMap((source) => nestedHintProblems(source, names)),
    ...unknownRecords(config, [...known]),
  );
  const joiners = new Map([...symbols].map(([topic, ofTopic]) => [topic, symbolJoiner(ofTopic)]));
  const newest = newestOfEach(found).map((source) => ({
    ...source,
    record: joiners.get(source.topic)?.(source.record) ?? source.record,
  }));
  const topicsOf = new Map(
    [...Map.groupBy(found, ({ subject }) => subject)].map(([subject, own]) => [
      subject,
      new Set(own.map(({ topic }) => topic)),
    ]),
  );
  const commands = newest.filter((source) => !isEvent(source));
  return { sources: newest.filter(isEvent), commands, skipped, problems, topicsOf };
}

function symbolsOf(symbols: Map<string, EnumSymbols>, topic: string): EnumSymbols {
  const known = symbols.get(topic) ?? new Map<string, Set<string>>();
  symbols.set(topic, known);
  return known;
}

/** Subjects of types that others are made of: they need no topic. */
function referencedSubjects(subjects: readonly GatheredSubject[]): ReadonlySet<string> {
  const versions = subjects.flatMap((gathered) => gathered.versions);
  return new Set(versions.flatMap(({ references }) => references.map(({ subject }) => subject)));
}

function isEvent({ topic }: EventSource): boolean {
  return topicKind(topic) === "events";
}

function topicless({ subject, record }: SubjectRecord, wrong: CatalogProblem | undefined): string {
  const naming = subject === record.name ? "names a record but no topic" : "follows no naming strategy";
  return (
    `its name ${naming}: register it under <topic>-${record.name} or <topic>-value, or give the record the hint ` +
    `"topic" in its schema or in eventql.config.ts${wrong === undefined ? "" : ` (${wrong.problem})`}`
  );
}

/** An event type that stands under several subjects counts once: as the newest schema has it. */
function newestOfEach(found: readonly EventSource[]): readonly EventSource[] {
  const byType = new Map<string, EventSource>();
  for (const source of found) {
    const key = `${source.topic}/${source.record.name}`;
    const known = byType.get(key);
    const newest = known === undefined || known.schemaId < source.schemaId ? source : known;
    const always = common(source.always, known?.always ?? source.always);
    byType.set(key, { ...newest, firstId: Math.min(source.firstId, known?.firstId ?? source.firstId), always });
  }
  return [...byType.values()].sort(
    (a, b) => a.firstId - b.firstId || (`${a.topic}/${a.record.name}` < `${b.topic}/${b.record.name}` ? -1 : 1),
  );
}

function unknownRecords(config: CatalogHints, names: readonly string[]): readonly CatalogProblem[] {
  return Object.keys(config)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      subject: `${CONFIG} ${name}`,
      topic: undefined,
      field: undefined,
      problem: "the registry has no such record on a topic",
      remedy: didYouMean(name, names),
    }));
}
