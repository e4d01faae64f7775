import { aliasText, docLines } from "./declarations.ts";

/** Types that the text adds to those of the catalog, where they are used. */
export type AddedType = AddedAlias | "MapEntry";

type AddedAlias =
  "Long" | "Decimal" | "DecimalText" | "TimeMillis" | "TimeMicros" | "TimestampMicros" | "LocalTimestampMicros";

interface Alias {
  readonly doc: string;
  readonly text: string;
}

const ALIASES: Readonly<Record<AddedAlias, Alias>> = {
  Decimal: {
    doc: 'An exact decimal number, with the scale of its schema: `new Decimal("12.50")`, a class of eventql\'s.',
    text: "{ readonly text: string; toString(): string; toJSON(): string }",
  },
  DecimalText: {
    doc: 'An exact decimal number of more than 34 digits as text, with the scale of its schema: "12.50".',
    text: "string",
  },
  LocalTimestampMicros: {
    doc: "Microseconds since 1970-01-01T00:00:00 on the wall, in whatever time zone.",
    text: "bigint",
  },
  Long: { doc: "An integer of 64 bits.", text: "bigint" },
  TimeMicros: { doc: "Microseconds since midnight.", text: "bigint" },
  TimeMillis: { doc: "Milliseconds since midnight.", text: "number" },
  TimestampMicros: { doc: "Microseconds since 1970-01-01T00:00:00Z.", text: "bigint" },
};

/** The declaration of an added type under a name. */
export function addedTypeText(type: AddedType, name: string): string {
  if (type !== "MapEntry") return aliasText(name, ALIASES[type].doc, ALIASES[type].text);
  return [
    ...docLines("An entry of a map; a map's entries are sorted by key.", 0),
    `export type ${name}<V> = { readonly key: string; readonly value: V };`,
  ].join("\n");
}
