import { EventQLError } from "../../../errors.ts";
import { seal, unseal } from "../../../model/sealed-text.ts";
import type { Value } from "../../../model/value.ts";
import type { Sort, StoredDocument } from "../../../read-model/read-model.ts";
import type { AggregatePlan } from "../../plan.ts";
import { type KeyValue, keyPacking } from "./key-packing.ts";

/** A place in an order: the value of each key of the order, the id last. */
export type Place = readonly KeyValue[];

/** Makes and reads the cursors of one order of an aggregate's documents. */
export interface Cursors {
  /** The cursor of a document, which must have the keys of the order. */
  of(document: StoredDocument): string;
  /** @throws EventQLError `BAD_USER_INPUT`, naming the argument, for anything that {@link Cursors.of} did not make. */
  read(cursor: string, argument: string): Place;
}

/**
 * The cursors of an order. They hold the values by which a document stands in it, and the order that they belong to:
 * nothing that the caller didn't order by, and nothing that changes when other documents come or go.
 */
export function cursorsOf(plan: AggregatePlan, sort: Sort): Cursors {
  const keys = Object.entries(sort);
  const order = keys.map(([path, direction]) => `${direction === 1 ? "+" : "-"}${path}`).join(" ");
  const packings = keys.map(([path]) => keyPacking(plan, path));
  return {
    of: (document) =>
      seal([plan.aggregate.name, order, keys.map(([path], index) => packings[index]?.pack(valueOf(document, path)))]),
    read(cursor, argument) {
      const sealed: unknown = unseal(cursor);
      if (!Array.isArray(sealed)) throw refused(argument, "isn't one");
      const [aggregate, ofOrder, packed]: unknown[] = sealed;
      if (aggregate !== plan.aggregate.name || ofOrder !== order)
        throw refused(argument, "belongs to another list or another orderBy");
      const values: readonly unknown[] = Array.isArray(packed) ? packed : [];
      const place = packings.map((packing, index) => packing.unpack(values[index]));
      if (values.length === keys.length && isPlace(place)) return place;
      throw refused(argument, "doesn't hold what the order needs");
    },
  };
}

function valueOf(document: StoredDocument, path: string): Value {
  return (Object.hasOwn(document, path) ? document[path] : null) ?? null;
}

function isPlace(values: readonly (KeyValue | undefined)[]): values is Place {
  return !values.includes(undefined);
}

function refused(argument: string, why: string): EventQLError {
  return new EventQLError(
    "BAD_USER_INPUT",
    `${argument} must be a cursor of this list in this order: the one given ${why}. Pass on a cursor as it came, with the orderBy that it came with.`,
  );
}
