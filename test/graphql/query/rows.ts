import fc from "fast-check";
import { Decimal } from "../../../src/model/decimal.ts";
import type { Value } from "../../../src/model/value.ts";
import type { StoredDocument } from "../../../src/read-model/read-model.ts";
import type { Catalog } from "../../../src/catalog/types.ts";
import { aggregate, catalogOf, column, enumeration, nullable } from "../sketch.ts";
import type { Harness } from "../harness.ts";

/** Few values of each kind that documents can be ordered by, so that many are equal. */
const VALUES: Readonly<Record<Name, readonly Value[]>> = {
  text: ["", "a", "b", "\u{1f600}", "\uffee"],
  count: [-1, 0, 2],
  total: [0n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n],
  ratio: [Number.NaN, Number.NEGATIVE_INFINITY, -0, 0, 0.1, 1e300, Number.POSITIVE_INFINITY],
  flag: [true, false],
  grade: ["A", "B"],
  seen: [new Date(0), new Date(1), new Date(-62_000_000_000_000)],
  fine: [0n, 1n, -1n, 253_402_300_799_999_999n],
  price: ["0.10", "-0.50", "12.00", "9.99"].map((text) => new Decimal(text)),
};

/** The columns. */
export const NAMES = ["text", "count", "total", "ratio", "flag", "grade", "seen", "fine", "price"] as const;

export type Name = (typeof NAMES)[number];

/** An aggregate with a column of each kind that documents can be ordered by. */
export const sortableCatalog: Catalog = catalogOf(
  aggregate("Row", {
    columns: [
      column("text", nullable("string")),
      column("count", nullable("int")),
      column("total", nullable("long")),
      column("ratio", nullable("double")),
      column("flag", nullable("boolean")),
      column("grade", nullable(enumeration("x.Grade", ["A", "B"]))),
      column("seen", nullable("timestamp-millis")),
      column("fine", nullable("timestamp-micros")),
      column("price", nullable({ kind: "decimal", precision: 6, scale: 2 })),
    ],
  }),
);

/** A document's columns, not all of them. */
export type Fields = Readonly<Record<string, Value>>;

/** Few of the columns: documents with many would seldom be equal in those that matter. */
export const fewNames: fc.Arbitrary<readonly Name[]> = fc.uniqueArray(fc.constantFrom(...NAMES), {
  minLength: 1,
  maxLength: 3,
});

/** Values of some of the columns; some are null, and some absent. */
export function anyFields(names: readonly Name[]): fc.Arbitrary<Fields> {
  return fc
    .tuple(...names.map((name) => fc.tuple(fc.constant(name), fc.option(anyValue(name), { nil: undefined, freq: 6 }))))
    .map((entries) =>
      Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
    );
}

function anyValue(name: Name): fc.Arbitrary<Value> {
  return fc.constantFrom<Value[]>(null, ...VALUES[name]);
}

/** The documents that there are. */
export class Rows {
  readonly documents: Map<string, StoredDocument> = new Map();
  readonly #api: Harness;
  #named = 0;

  private constructor(api: Harness) {
    this.#api = api;
  }

  /** Without any. */
  static async empty(api: Harness): Promise<Rows> {
    const rows = new Rows(api);
    await rows.write([], []);
    const left = await api.services.readModel.find("rows", { filter: {} });
    await rows.write(
      [],
      left.map(({ _id }) => _id),
    );
    return rows;
  }

  async write(inserted: readonly Fields[], deletions: readonly string[]): Promise<void> {
    const inserts = inserted.map((values): StoredDocument => ({ ...values, _id: this.#nextId() }));
    const { readModel } = this.#api.services;
    const projection = crypto.randomUUID();
    const checkpoint = { projection, topic: "t", partition: 0, next: 0, generation: 1, partitions: 1 };
    await readModel.ensureCollections([{ name: "rows" }]);
    await readModel.openCheckpoint(checkpoint);
    const writes = [{ collection: "rows", inserts, replacements: [], deletions }];
    await readModel.commit({ checkpoint: { ...checkpoint, next: 1 }, from: 0, writes });
    for (const id of deletions) this.documents.delete(id);
    for (const document of inserts) this.documents.set(document._id, document);
  }

  /** Some of the ids that there are. */
  pick(indexes: readonly number[]): readonly string[] {
    const ids = [...this.documents.keys()];
    return [...new Set(indexes.flatMap((index) => ids[index % Math.max(ids.length, 1)] ?? []))];
  }

  /** Ids whose order isn't the one in which they were made. */
  #nextId(): string {
    this.#named += 1;
    return `${(this.#named * 7) % 10}-${this.#named}`;
  }
}
