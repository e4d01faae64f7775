import type { CommandCodec } from "../../catalog/codec.ts";
import type { Aggregate, Ownership } from "../../catalog/types.ts";
import { type DocumentFold, type FoldDocument, documentFold } from "../../fold/document-fold.ts";
import type { State } from "../../model/decider.ts";
import type { Value } from "../../model/value.ts";

/** What the commands of an aggregate are decided by. */
export interface Rules {
  readonly aggregate: Aggregate;
  readonly owned: Ownership;
  readonly fold: DocumentFold;
  readonly codec: Pick<CommandCodec, "encode" | "decode">;
}

/** The rules of an aggregate; undefined: its topic is open. */
export function rulesOf(aggregate: Aggregate, codec: Rules["codec"]): Rules | undefined {
  const { owned } = aggregate;
  return owned && { aggregate, owned, fold: documentFold(aggregate), codec };
}

const states = new WeakMap<FoldDocument, State>();

/** What a rule sees of a document: its columns, which it can't change. */
export function stateOf(document: FoldDocument | undefined): State | undefined {
  if (document === undefined) return undefined;
  const known = states.get(document);
  if (known !== undefined) return known;
  const state: Record<string, Value> = {};
  for (const column of Object.keys(document)) {
    const value = document[column];
    if (column !== "_id" && column !== "_meta" && value !== undefined) state[column] = frozen(value);
  }
  states.set(document, Object.freeze(state));
  return state;
}

/** What folds make new of a value they copy first, so that what is shared may be frozen as it is. */
function frozen(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (ArrayBuffer.isView(value)) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
