/** Types of the events, commands and aggregates, written by eventql codegen: run it again in place of editing. */

/** A document of topic stock. A column that may be null is absent until an event sets it. */
export type Article = {
  /** The key of its events. */
  readonly _id: string;
  readonly lowest?: number | null;
  readonly quantity?: Long | null;
  /** Hidden: the API never shows it. */
  readonly secret: string;
  /** The id of a Supplier. */
  readonly supplier: string;
  readonly tags: readonly string[];
  readonly title: string;
};

/** An event of Article. */
export type ArticleEvent =
  | { readonly type: "ArticleRemoved"; readonly payload: ArticleRemoved }
  | { readonly type: "Created"; readonly payload: Created }
  | { readonly type: "Moved"; readonly payload: Moved }
  | { readonly type: "Untagged"; readonly payload: Untagged }
  | { readonly type: "Viewed"; readonly payload: Viewed };

export type ArticleRemoved = {
  readonly reason: string;
};

export type Created = {
  readonly sku: string;
  readonly title: string;
  readonly supplier: string;
  readonly secret: string;
  readonly tags: readonly string[];
};

export type Moved = {
  readonly delta: number;
  readonly price: number;
  readonly tag: string;
};

export type Untagged = {
  readonly tag: string;
};

export type Viewed = {
  readonly by: string;
};

/** A command to Article. */
export type ArticleCommand = { readonly type: "Move"; readonly payload: Move };

export type Move = {
  readonly delta: number;
};

/** A document of topic suppliers. A column that may be null is absent until an event sets it. */
export type Supplier = {
  /** The key of its events. */
  readonly _id: string;
  readonly name: string;
};

/** An event of Supplier. */
export type SupplierEvent = { readonly type: "SupplierChanged"; readonly payload: SupplierChanged };

export type SupplierChanged = {
  readonly name: string;
};

/** An integer of 64 bits. */
export type Long = bigint;
