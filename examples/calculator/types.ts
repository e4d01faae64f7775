/** Types of the events, commands and aggregates, written by eventql codegen: run it again in place of editing. */

/**
 * A value that can be calculated with.
 *
 * A document of topic values. A column that may be null is absent until an event sets it.
 */
export type Value = {
  /** The key of its events. */
  readonly _id: string;
  /** What it is now. */
  readonly value: number;
};

/** An event of Value. */
export type ValueEvent =
  | { readonly type: "ValueAdded"; readonly payload: ValueAdded }
  | { readonly type: "ValueCreated"; readonly payload: ValueCreated }
  | { readonly type: "ValueMultiplied"; readonly payload: ValueMultiplied };

/** Something was added to a value. */
export type ValueAdded = {
  readonly by: number;
};

/** A value was created. */
export type ValueCreated = {
  readonly value: number;
};

/** A value was multiplied. */
export type ValueMultiplied = {
  readonly by: number;
};

/** A command to Value. */
export type ValueCommand =
  | { readonly type: "ChangeValue"; readonly payload: ChangeValue }
  | { readonly type: "CreateValue"; readonly payload: CreateValue };

/** Calculate with a value. */
export type ChangeValue = {
  readonly operation: Operation;
  /** What to calculate with. */
  readonly value: number;
};

/** Create a value. */
export type CreateValue = {
  /** What it is at first. */
  readonly value: number;
};

export type Operation = "ADD" | "MULTIPLY";
