import type { CatalogHints } from "./catalog/hints.ts";
import type { DecideContext, Decider, NewMessage, StateOf, TypedDecider, TypedMessage } from "./model/decider.ts";
import { type AnySpecification, beginsAt } from "./testing/scenario.ts";
import { rulesAlone } from "./testing/rules-alone.ts";

/** Schemas to hold the rules to: events are checked by them, and where there is no `evolve`, folded. */
export interface SpecificationOptions {
  /** A folder of `<topic>/<Event>.avsc` files, as of the flag `--schemas`. */
  readonly schemas: string;
  /** As in `eventql.config.ts`. */
  readonly hints?: CatalogHints;
}

/** Tests of a decider's rules: what was, what is asked for, and what comes of it. */
export interface Specification<Document extends object, Command extends TypedMessage, Event extends TypedMessage> {
  /** Events that have happened; none: there is no document. */
  given(...events: readonly NewMessage<Event>[]): Given<Document, Command, Event>;
  /** A state that was reached somehow; undefined: there is no document. */
  givenState(state: StateOf<Document> | undefined): Given<Document, Command, Event>;
}

/** What was. */
export interface Given<Document extends object, Command extends TypedMessage, Event extends TypedMessage> {
  /**
   * Decides a command; what `context` leaves out is as of a first command, at the beginning of 2020.
   * @throws what the rule throws.
   */
  when<Type extends Command["type"]>(
    type: Type,
    payload: NewMessage<Extract<Command, { readonly type: Type }>>["payload"],
    context?: Partial<DecideContext>,
  ): Decided<Document, Event>;
  /** Expects that the events lead to a state; undefined: to no document. @throws AssertionError showing the difference. */
  thenState(state: StateOf<Document> | undefined): Given<Document, Command, Event>;
}

/** What came of a command. */
export interface Decided<Document extends object, Event extends TypedMessage> {
  /** Expects exactly these events, in this order. @throws AssertionError showing the difference. */
  then(...events: readonly NewMessage<Event>[]): Decided<Document, Event>;
  /** Expects that there is nothing to do. @throws AssertionError showing the events that there are. */
  thenNothing(): Decided<Document, Event>;
  /** Expects that the rule refuses the command. @throws AssertionError showing the difference. */
  thenRejected(code: string, message?: string): Decided<Document, Event>;
  /** Expects that the events lead to a state; undefined: to no document. @throws AssertionError showing the difference. */
  thenState(state: StateOf<Document> | undefined): Decided<Document, Event>;
}

/**
 * Tests of a decider's rules, in whatever runs tests: a test fails by an `AssertionError` of `node:assert`. Nothing runs but
 * the rules. With `schemas` payloads are also what Avro makes of them, defaults included.
 */
export function specification<Document extends object, Command extends TypedMessage, Event extends TypedMessage>(
  decider: TypedDecider<Document, Command, Event>,
): Specification<Document, Command, Event>;
/** @throws EventQLError `CONFIG_INVALID`, `SCHEMA_INVALID`, `CATALOG_INVALID` where the schemas, or the decider, can't be used. */
export function specification<Document extends object, Command extends TypedMessage, Event extends TypedMessage>(
  decider: TypedDecider<Document, Command, Event>,
  options: SpecificationOptions,
): Promise<Specification<Document, Command, Event>>;
export function specification(
  decider: Decider,
  options?: SpecificationOptions,
): AnySpecification | Promise<AnySpecification> {
  return options === undefined ? beginsAt(decider, rulesAlone(decider)) : withSchemas(decider, options);
}

async function withSchemas(decider: Decider, options: SpecificationOptions): Promise<AnySpecification> {
  const { rulesBySchemas } = await import("./testing/rules-by-schemas.ts");
  return beginsAt(decider, await rulesBySchemas(decider, options));
}
