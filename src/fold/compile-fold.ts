import type { Writer } from "../catalog/codec.ts";
import type { EventEffect, EventField, FieldEffect } from "../catalog/types.ts";
import type { LogRecord } from "../model/event.ts";
import type { Output } from "../model/output.ts";
import type { Payload, Value } from "../model/value.ts";
import { type Effect, effectOf } from "./effects.ts";
import { storedInColumn } from "./stored-in-column.ts";

/** A document while events are folded into it. Lists in it belong to it alone: see {@link workingCopy}. */
export interface WorkingDocument {
  _id: string;
  [column: string]: Value | undefined;
}

/**
 * Folds an event of `key` into its document, which is changed in place and returned; `undefined` is a document that
 * isn't there, before or after.
 * @throws EventQLError `EVENT_INVALID` where a field can't be combined with its column; the document is as it was.
 */
export type Fold = (
  document: WorkingDocument | undefined,
  key: string,
  payload: Payload,
  step?: FoldStep,
) => WorkingDocument | undefined;

/** The event that is folded, for rules of projections in code: they know more of it, and may write events. */
export interface FoldStep {
  readonly record: LogRecord;
  /** Takes what the rule wrote. */
  write(outputs: readonly Output[]): void;
  /** The document, or its absence, stays as it was. */
  keep(): void;
}

/**
 * Compiles the fold of the events of one writer. Of an existing document only fields that the writer's schema has are
 * changed; the reader's defaults count on insert only. Events that may not create, or may only delete, a document do
 * nothing where there is none.
 */
export function compileFold(writer: Writer): Fold {
  const insert = compileSteps(writer.eventType.fields);
  const update = compileSteps(writer.eventType.fields.filter(({ field }) => writer.fields.has(field.name)));
  return foldOf(writer.eventType.effect, insert, update);
}

function foldOf(effect: EventEffect, insert: Steps, update: Steps): Fold {
  switch (effect) {
    case "upsert":
    case "create":
      return (document, key, payload) =>
        document === undefined ? insert({ _id: key }, payload) : update(document, payload);
    case "update":
      return (document, _key, payload) => (document === undefined ? undefined : update(document, payload));
    case "delete":
      return () => undefined;
    case "ignore":
      return (document) => document;
  }
}

type Steps = (document: WorkingDocument, payload: Payload) => WorkingDocument;

interface Step {
  readonly field: string;
  readonly column: string;
  readonly effect: Effect;
}

/** Combinations, which may fail, come before anything is changed: a failed event leaves its document as it was. */
function compileSteps(fields: readonly EventField[]): Steps {
  const columns = fields.flatMap((field) => (field.column === undefined ? [] : [{ ...field, column: field.column }]));
  const combine = columns.filter(({ effect }) => COMBINING.has(effect)).map(stepOf);
  const others = columns.filter(({ effect }) => !COMBINING.has(effect));
  const lists = others.filter((field) => !isPlain(field)).map(stepOf);
  const sets = others.filter(isPlain).map(({ field, column }) => ({ field: field.name, column }));
  return (document, payload) => {
    if (combine.length > 0) applyAtOnce(combine, document, payload);
    for (const { field, column } of sets) document[column] = payload[field] ?? null;
    for (const { field, column, effect } of lists) document[column] = effect(document[column], payload[field] ?? null);
    return document;
  };
}

/** Whether the column takes the field's value as it is. */
function isPlain(field: EventField): boolean {
  return field.effect === "set" && field.field.type.type.kind !== "array" && storedInColumn(field) === undefined;
}

function stepOf(field: EventField & { readonly column: string }): Step {
  const { type } = field.field.type;
  // A default's list is the schema's own, and a later `append` would grow it.
  const effect = field.effect === "set" && type.kind === "array" ? copyList : effectOf(field.effect, type);
  const convert = storedInColumn(field);
  return {
    field: field.field.name,
    column: field.column,
    effect: convert === undefined ? effect : (current, value) => effect(current, convert(value)),
  };
}

const COMBINING: ReadonlySet<FieldEffect> = new Set<FieldEffect>(["add", "multiply", "min", "max"]);

function applyAtOnce(steps: readonly Step[], document: WorkingDocument, payload: Payload): void {
  const values = steps.map(({ field, column, effect }) => effect(document[column], payload[field] ?? null));
  for (const [index, { column }] of steps.entries()) document[column] = values[index];
}

function copyList(_current: Value | undefined, value: Value): Value {
  return Array.isArray(value) ? [...value] : value;
}

/** A copy that folds may change: top-level columns, and lists, are its own. */
export function workingCopy(document: Readonly<WorkingDocument>): WorkingDocument {
  const copy: WorkingDocument = { ...document };
  for (const column in copy) {
    const value = copy[column];
    if (Array.isArray(value)) copy[column] = [...value];
  }
  return copy;
}
