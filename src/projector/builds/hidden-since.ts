import type { Aggregate, EventType } from "../../catalog/types.ts";

/** The same object for the same two, so that nobody begins anew for nothing. */
const known = new WeakMap<Aggregate, WeakMap<Aggregate, Aggregate>>();

/**
 * An aggregate as an older definition has it, but that what the newest definition hides is hidden: that says nothing of how
 * documents are made, so that it waits for no build.
 */
export function hiddenSince(older: Aggregate, newest: Aggregate | undefined): Aggregate {
  if (newest === undefined || newest === older) return older;
  const memo = known.get(older) ?? new WeakMap<Aggregate, Aggregate>();
  known.set(older, memo);
  const made = memo.get(newest) ?? hide(older, newest);
  memo.set(newest, made);
  return made;
}

function hide(older: Aggregate, newest: Aggregate): Aggregate {
  const names = new Set(newest.columns.flatMap(({ name, hidden }) => (hidden ? [name] : [])));
  const columns = older.columns.map((column) => (names.has(column.name) ? { ...column, hidden: true } : column));
  const types = new Map(newest.eventTypes.map((type) => [type.fullName, type]));
  const eventTypes = older.eventTypes.map((type) => hideFields(type, types.get(type.fullName)));
  const isSame = names.size === 0 && eventTypes.every((type, index) => type === older.eventTypes[index]);
  return isSame ? older : { ...older, columns, eventTypes };
}

function hideFields(older: EventType, newest: EventType | undefined): EventType {
  const hidden = newest?.fields.filter((field) => field.hidden) ?? [];
  if (hidden.length === 0) return older;
  const names = new Set(hidden.flatMap(({ field: { name, aliases } }) => [name, ...aliases]));
  return {
    ...older,
    fields: older.fields.map((field) => (names.has(field.field.name) ? { ...field, hidden: true } : field)),
  };
}
