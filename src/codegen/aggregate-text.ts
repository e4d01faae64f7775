import type { Aggregate, Column, CommandType, EventType } from "../catalog/types.ts";
import { type Branch, objectText, unionText } from "./declarations.ts";
import { recordText } from "./record-text.ts";
import { type TypeNamer, refText } from "./type-text.ts";

/** How types are called, those too that are made for an aggregate. */
export interface AggregateNamer extends TypeNamer {
  readonly derived: (wanted: string) => string;
}

/** The declarations of an aggregate: its document, its events and its commands. */
export function aggregateTexts(
  aggregate: Aggregate,
  commands: readonly CommandType[],
  names: AggregateNamer,
): readonly string[] {
  const { name } = aggregate;
  if (aggregate.projected !== undefined) return [documentText(aggregate, names)];
  const events = aggregate.eventTypes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return [
    documentText(aggregate, names),
    eitherText(names.derived(`${name}Event`), `An event of ${name}.`, events, names),
    ...events.map(({ record }) => recordText(record, names)),
    ...(commands.length === 0
      ? []
      : [eitherText(names.derived(`${name}Command`), `A command to ${name}.`, commands, names)]),
    ...commands.map(({ record }) => recordText(record, names)),
  ];
}

function documentText({ name, topic, doc, columns, state, projected }: Aggregate, names: TypeNamer): string {
  const from = projected === undefined ? `topic ${topic}` : `the projection of ${projected.projection.from.join(", ")}`;
  const what = `A document of ${from}. A column that may be null is absent until an event sets it.`;
  const sorted = columns.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return objectText(names.of(name), paragraphs(doc, what), [
    {
      name: "_id",
      type: "string",
      doc: projected === undefined ? "The key of its events." : "The key that events count under.",
    },
    ...sorted.map((column) => {
      // Rules are written before any decider is there to make the documents.
      const nullable = column.type.nullable && state?.guaranteed.has(column.name) !== true;
      return {
        name: column.name,
        type: refText({ ...column.type, nullable }, names),
        optional: nullable,
        doc: columnDoc(column),
      };
    }),
  ]);
}

function columnDoc({ doc, references, hidden, deprecated }: Column): string {
  return paragraphs(
    doc,
    references === undefined ? undefined : `The id of a ${references}.`,
    hidden ? "Hidden: the API never shows it." : undefined,
    deprecated === undefined ? undefined : `@deprecated ${deprecated}`,
  );
}

/** A union of event types, or of command types, told apart by their names. */
function eitherText(
  name: string,
  doc: string,
  types: readonly Pick<EventType | CommandType, "name" | "record">[],
  names: TypeNamer,
): string {
  const branches = types.map(({ name: type, record }): Branch => [
    { name: "type", type: JSON.stringify(type) },
    { name: "payload", type: names.of(record.graphqlName) },
  ]);
  return unionText(name, doc, branches);
}

function paragraphs(...texts: readonly (string | undefined)[]): string {
  return texts.filter((text) => text !== undefined).join("\n\n");
}
