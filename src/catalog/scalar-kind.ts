import type { PrimitiveName, SimpleLogical } from "./avro/node.ts";

/** The Avro types that have no structure of their own, logical ones by their logical name. */
export type ScalarKind = PrimitiveName | SimpleLogical;
