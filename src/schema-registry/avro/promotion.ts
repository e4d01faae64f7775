import type { LogicalMark, PrimitiveName } from "./schema-node.ts";

/** What each written type may be read as, besides itself. */
const PROMOTIONS: Partial<Record<PrimitiveName, readonly PrimitiveName[]>> = {
  int: ["long", "float", "double"],
  long: ["float", "double"],
  float: ["double"],
  string: ["bytes"],
  bytes: ["string"],
};

/** Logical types whose bytes, read as another one of them, would give another value. */
const SCALED: ReadonlySet<string> = new Set([
  "date",
  "decimal",
  "time-millis",
  "time-micros",
  "timestamp-millis",
  "timestamp-micros",
  "timestamp-nanos",
  "local-timestamp-millis",
  "local-timestamp-micros",
  "local-timestamp-nanos",
]);

/** Whether Avro's schema resolution reads the written type as the other. */
export function promotes(written: PrimitiveName, read: PrimitiveName): boolean {
  return written === read || (PROMOTIONS[written]?.includes(read) ?? false);
}

/** What makes old bytes mean another value: Avro's resolution ignores it where the types beneath agree. */
export function logicalChange(reader: LogicalMark | undefined, writer: LogicalMark | undefined): readonly string[] {
  if (reader === undefined || writer === undefined) return [];
  if (!SCALED.has(reader.logicalType) || !SCALED.has(writer.logicalType)) return [];
  if (reader.logicalType !== writer.logicalType)
    return [`${writer.logicalType} would be read as ${reader.logicalType}, another value: add a new field instead`];
  if (reader.scale === writer.scale) return [];
  return [
    `the decimal's scale went from ${writer.scale} to ${reader.scale}, so old values would change: keep the scale`,
  ];
}
