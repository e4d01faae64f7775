import type { TypeRef, ValueType } from "../catalog/types.ts";
import { isStoredAsDecimal } from "../model/decimal.ts";
import type { AddedType } from "./added-types.ts";

/** How types are called: those of the catalog, and those that the text adds. */
export interface TypeNamer {
  readonly of: (graphqlName: string) => string;
  readonly added: (type: AddedType) => string;
}

/** The TypeScript of a value where it is used, in the stored form: see `Value`. */
export function refText({ type, nullable }: TypeRef, names: TypeNamer): string {
  const text = typeText(type, names);
  return nullable && type.kind !== "null" ? `${text} | null` : text;
}

/** The TypeScript of a value that isn't null, or of null alone. */
export function typeText(type: ValueType, names: TypeNamer): string {
  switch (type.kind) {
    case "null":
    case "boolean":
    case "string":
      return type.kind;
    case "uuid":
      return "string";
    case "int":
    case "float":
    case "double":
      return "number";
    case "bytes":
    case "fixed":
      return "Uint8Array";
    case "date":
    case "timestamp-millis":
    case "local-timestamp-millis":
      return "Date";
    case "array":
      return `readonly ${elementText(type.items, names)}[]`;
    case "map":
      return `readonly ${names.added("MapEntry")}<${refText(type.values, names)}>[]`;
    case "enum":
    case "record":
    case "union":
      return names.of(type.graphqlName);
    case "decimal":
      return names.added(isStoredAsDecimal(type.precision) ? "Decimal" : "DecimalText");
    default:
      return names.added(ADDED[type.kind]);
  }
}

const ADDED = {
  long: "Long",
  "time-millis": "TimeMillis",
  "time-micros": "TimeMicros",
  "timestamp-micros": "TimestampMicros",
  "local-timestamp-micros": "LocalTimestampMicros",
} as const;

function elementText(ref: TypeRef, names: TypeNamer): string {
  const text = refText(ref, names);
  return text.includes(" ") ? `(${text})` : text;
}
