import type { EnumType } from "../../../catalog/types.ts";
import type { RelationPlan } from "../../plan-relations.ts";
import type { ScalarCodec } from "../../types/scalar-codec.ts";
import type { ListOperator, Operator } from "./operators.ts";

/** What a filter compares with. */
export type Comparand =
  | { readonly kind: "scalar"; readonly codec: ScalarCodec }
  | { readonly kind: "enum"; readonly type: EnumType; readonly codec: Pick<ScalarCodec, "toStored"> }
  | { readonly kind: "id"; readonly codec: Pick<ScalarCodec, "toStored"> };

/** A field of a `where` input: what it asks of, and how. */
export type WhereField = {
  readonly name: string;
  /** Where the value is stored, from the document or record that the input is of; of a relation, its column. */
  readonly path: string;
  readonly description: string | undefined;
  readonly deprecated: string | undefined;
  /** The branch of a union that it is of, as `TaggedValue._type` has it. */
  readonly tag?: string;
} & (WhereTarget | RelationTarget);

/** What a field of a `where` input filters by. */
export type WhereTarget = ValueTarget | PresenceTarget | PartsTarget | ListTarget;

/** A single value. */
export interface ValueTarget {
  readonly kind: "value";
  readonly filterName: string;
  readonly comparand: Comparand;
  readonly operators: readonly Operator[];
}

/** Only whether it is there. */
interface PresenceTarget {
  readonly kind: "presence";
  readonly filterName: "AnyFilter";
}

/** What is made of named parts: a record's fields, a union's branches, or the key and the value of a map's entry. */
export interface PartsTarget {
  readonly kind: "record" | "union" | "entry";
  readonly filterName: string;
  /** By name; a record may contain itself. */
  readonly fields: () => WhereModel;
}

/** A list, or a map, which is a list of entries. */
export interface ListTarget {
  readonly kind: "list";
  readonly filterName: string;
  readonly operators: readonly ListOperator[];
  /** What its elements are compared with, where they are compared as a whole. */
  readonly comparand: Comparand | undefined;
  /** What its elements are filtered by, where they are. */
  readonly element: (() => PartsTarget | ListTarget) | undefined;
}

/** Other documents. */
export interface RelationTarget {
  readonly kind: "relation";
  readonly relation: RelationPlan["kind"];
  /** The name in GraphQL of the column that references. */
  readonly column: string;
  /** How that column holds ids, which are texts. */
  readonly key: "text" | "integer";
  readonly target: RelatedDocuments;
}

/** A field of a `where` that asks of other documents. */
export type RelationField = Extract<WhereField, { kind: "relation" }> & RelationTarget;

/** The documents that a relation leads to. */
export interface RelatedDocuments {
  /** The aggregate's name. */
  readonly aggregate: string;
  readonly collection: string;
  /** The input that asks of several of them. */
  readonly filterName: string;
  readonly model: () => WhereModel;
}

/** The fields of a `where` input by name, without `AND`, `OR` and `NOT`. */
export type WhereModel = ReadonlyMap<string, WhereField>;

/** The operator of a nested record's filter that asks whether it is there at all. */
export const RECORD_IS_NULL = "isNull";

/** What joins filters into one, beside the fields that they ask of. */
export const LOGIC: readonly ["AND", "OR", "NOT"] = ["AND", "OR", "NOT"];
