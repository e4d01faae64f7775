import type { RecordField } from "../catalog/types.ts";
import type { DocumentView } from "./document-view.ts";
import type { ReadFields } from "./json-input.ts";
import type { RouteWait } from "./route-config.ts";
import type { RouteProblem, RouteSpec } from "./route-spec.ts";

/** A parameter that fills a field of what is written. */
export interface FieldParameter {
  readonly in: "path" | "query";
  readonly name: string;
  readonly field: RecordField;
}

/** A route that reads, as an operation of GraphQL with the variable `$id`. */
export interface ReadOperation {
  readonly kind: "read";
  readonly view: DocumentView;
  /** The operation; its result has the document as `document`. `selection` is one of the view. */
  readonly document: (selection: string) => string;
}

/** What a route takes that writes. */
export interface WriteBody {
  /** The fields of the body. */
  readonly fields: readonly RecordField[];
  readonly parameters: readonly FieldParameter[];
  /** Reads the body together with what parameters fill. */
  readonly read: ReadFields;
}

/** A route that writes, as a mutation. */
export interface WriteOperation {
  readonly kind: "write";
  /** What is written: a command's or an event's name, or the deletion's aggregate. */
  readonly writes: {
    readonly kind: "command" | "event" | "delete";
    readonly name: string;
    readonly doc: string | undefined;
  };
  /** Undefined: it takes none. */
  readonly body: WriteBody | undefined;
  /** Whether it takes a command id and an expected version: its topic is owned. */
  readonly isOwned: boolean;
  readonly wait: RouteWait;
  readonly timeoutMs: number | undefined;
  /** The status of the answer where nothing is left to wait for. */
  readonly status: number;
  /** Statuses by the codes of refusals. */
  readonly rejections: Readonly<Record<string, number>>;
  /** The document behind the write, where the answer waits for it. */
  readonly view: DocumentView | undefined;
  /** Where the document is read by its key; undefined: nowhere. */
  location(id: string): string | undefined;
  /**
   * The mutation, with the variables `$id`, `$input`, `$commandId`, `$ifVersion` and `$wait`; its result is `result`, with
   * the document as `document`.
   */
  document(selection: string | undefined): string;
}

/** What a route does with the catalog of now, or why it can't. */
export type CompiledRoute = { readonly spec: RouteSpec } & (
  | { readonly operation: ReadOperation | WriteOperation }
  | { readonly operation: undefined; readonly problems: readonly RouteProblem[] }
);
