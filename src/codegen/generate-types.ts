import type { Catalog } from "../catalog/types.ts";
import { type AddedType, addedTypeText } from "./added-types.ts";
import { type AggregateNamer, aggregateTexts } from "./aggregate-text.ts";
import { docLines } from "./declarations.ts";
import { identifiersOf } from "./identifiers.ts";
import { namedTypeText, recordText } from "./record-text.ts";
import { type NamedType, nestedTypes } from "./used-types.ts";

const HEADER =
  "Types of the events, commands and aggregates, written by eventql codegen: run it again in place of editing.";

/**
 * The TypeScript module of a catalog, for a user's own code: of each aggregate its document, its events and its commands,
 * then the types within them. Values are in the stored form: see `Value`. The same catalog gives the same text, laid out
 * as Prettier does in lines of 120 characters.
 */
export function generateTypes(catalog: Catalog): string {
  const { aggregates, commands } = catalog;
  const nested = nestedTypes(catalog);
  const used = new Set<AddedType>();
  const names = namerOf(catalog, nested, used);
  const topics = new Set(aggregates.map(({ topic }) => topic));
  const declarations = [
    ...aggregates.flatMap((aggregate) => {
      const isOwn = aggregate.projected === undefined;
      const own = isOwn ? commands.filter(({ topic }) => topic === aggregate.topic) : [];
      return aggregateTexts(aggregate, own, names);
    }),
    ...commands.filter(({ topic }) => !topics.has(topic)).map(({ record }) => recordText(record, names)),
    ...nested.map((type) => namedTypeText(type, names)),
  ];
  const added = [...used].toSorted().map((type) => addedTypeText(type, names.added(type)));
  // Commands of a topic with several aggregates are of each of them.
  const all = new Set([...declarations, ...added]);
  const texts = all.size === 0 ? ["export {};"] : all;
  return `${[...docLines(HEADER, 0), ""].join("\n")}\n${[...texts].join("\n\n")}\n`;
}

function namerOf(
  { aggregates, commands }: Catalog,
  nested: readonly NamedType[],
  used: Set<AddedType>,
): AggregateNamer {
  const records = [...aggregates.flatMap(({ eventTypes }) => eventTypes), ...commands].map(({ record }) => record);
  const types = [...records, ...nested].map(({ graphqlName }) => graphqlName);
  const identifiers = identifiersOf([...aggregates.map(({ name }) => name), ...types]);
  return {
    of: identifiers.of,
    derived: identifiers.added,
    added: (type) => {
      used.add(type);
      return identifiers.added(type);
    },
  };
}
