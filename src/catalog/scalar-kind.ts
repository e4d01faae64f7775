/** The Avro types that have no structure of their own, logical ones by their logical name. */
export type ScalarKind =
  | "null"
  | "boolean"
  | "int"
  | "long"
  | "float"
  | "double"
  | "string"
  | "bytes"
  | "uuid"
  | "date"
  | "time-millis"
  | "time-micros"
  | "timestamp-millis"
  | "timestamp-micros"
  | "local-timestamp-millis"
  | "local-timestamp-micros";
