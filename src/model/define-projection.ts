import { EventQLError } from "../errors.ts";
import type { PayloadOf, StateOf, TypedMessage } from "./decider.ts";
import type { EventContext, StreamEvent } from "./event-context.ts";
import type { AvroType, Projection } from "./projection.ts";

/** The events that functions are given, told apart by the names of their types. */
export type StreamEventOf<Event extends TypedMessage> = Event extends TypedMessage
  ? StreamEvent<Event["type"], Event["payload"]>
  : never;

/** The columns of a state, by their names, as Avro types. */
export type ColumnsOf<Document extends object> = { readonly [Column in keyof StateOf<Document>]-?: AvroType };

/** What a projection may be told besides its columns and rules. */
type ProjectionSettings = Pick<Projection, "name" | "from"> &
  Partial<
    Pick<Projection, "plural" | "doc" | "indexes" | "previous" | "tombstones" | "version" | "partitions" | "commit">
  >;

/** A projection as people write it, by the types that `eventql codegen` makes of its schemas and of its columns. */
export interface ProjectionRules<Document extends object, Event extends TypedMessage> extends ProjectionSettings {
  /** Under which keys an event counts: one, several, or none. Absent: its own. */
  readonly key?: (event: StreamEventOf<Event>) => string | readonly string[] | undefined;
  readonly columns: ColumnsOf<Document>;
  /** Those of the columns that the API never shows. Default: none. */
  readonly hidden?: readonly (keyof StateOf<Document> & string)[];
  /** What the first event of a key is folded into. */
  readonly initial: StateOf<Document>;
  /**
   * By event types, the state behind an event; undefined deletes the document. Types without a rule change nothing. Pure: it
   * knows nothing but what it is given, and changes none of it.
   */
  readonly evolve: {
    readonly [Type in Event["type"]]?: (
      state: StateOf<Document>,
      payload: PayloadOf<Event, Type>,
      context: EventContext,
    ) => StateOf<Document> | undefined;
  };
}

/** A projection that knows the types of its documents and events, for tests of its rules. */
export interface TypedProjection<Document extends object, Event extends TypedMessage> extends Projection {
  /** For TypeScript alone: it is never there. */
  readonly types?: { readonly document: Document; readonly event: Event };
}

/** As {@link ProjectionRules}, once their types are known to fit. */
type AnyRules = ProjectionSettings &
  Pick<Projection, "key" | "columns" | "initial"> &
  Partial<Pick<Projection, "hidden">> & { readonly evolve: { readonly [Type in string]?: Rule } };

type Rule = Projection["evolve"][string];

/** Makes a read model of its own, folded from the events of any topics, for `projections` of `eventql.config.ts`. */
export function projection<Document extends object, Event extends TypedMessage>(
  rules: ProjectionRules<Document, Event>,
): TypedProjection<Document, Event>;
export function projection(rules: AnyRules): Projection {
  checkShape(rules);
  const { hidden = [], indexes = [], previous = false, version = 1, commit = "batch", ...given } = rules;
  const { tombstones = keepsKeys(rules) ? "delete" : "ignore" } = rules;
  const evolve = Object.fromEntries(
    Object.entries(rules.evolve).flatMap(([type, rule]): [string, Rule][] =>
      rule === undefined ? [] : [[type, rule]],
    ),
  );
  return { ...given, kind: "projection", evolve, hidden, indexes, previous, tombstones, version, commit };
}

/** Whether a document has the key of the events of one topic: the tombstone of a key is then its own. */
function keepsKeys({ from, key }: Pick<Projection, "from" | "key">): boolean {
  return from.length === 1 && key === undefined;
}

/** What types rule out, for those who write without them; the rest is checked with the catalog. */
function checkShape(rules: AnyRules): void {
  const { name, from } = rules;
  const invalid = (problem: string): EventQLError =>
    new EventQLError("CONFIG_INVALID", `projection ${name}: ${problem}`);
  if (!Array.isArray(from)) throw invalid('from is no list of topics: give one, such as ["orders"].');
  for (const [setting, example] of TREES)
    if (typeof rules[setting] !== "object") throw invalid(`${setting} is missing: give it, such as ${example}.`);
}

const TREES = [
  ["columns", '{ total: "long" }'],
  ["initial", "{ total: 0n }"],
  ["evolve", "{ OrderPlaced: (state) => … }"],
] as const;
