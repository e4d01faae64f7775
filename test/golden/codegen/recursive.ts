/** Types of the events, commands and aggregates, written by eventql codegen: run it again in place of editing. */

/** A document of topic threads. A column that may be null is absent until an event sets it. */
export type Thread = {
  /** The key of its events. */
  readonly _id: string;
  readonly root: Comment;
};

/** An event of Thread. */
export type ThreadEvent = { readonly type: "Posted"; readonly payload: Posted };

export type Posted = {
  readonly root: Comment;
};

/** A document of topic trees. A column that may be null is absent until an event sets it. */
export type Tree = {
  /** The key of its events. */
  readonly _id: string;
  readonly left?: Node | null;
  readonly right?: Node | null;
  readonly value: number;
};

/** An event of Tree. */
export type TreeEvent = { readonly type: "Node"; readonly payload: Node };

export type Node = {
  readonly left: Node | null;
  readonly right: Node | null;
  readonly value: number;
};

export type Comment = {
  readonly text: string;
  readonly replies: readonly Comment[];
  readonly parent: Comment | null;
};
