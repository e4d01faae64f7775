import type { EventSource } from "./event-sources.ts";
import type { FieldName } from "./field-names.ts";
import { RESERVED_COLUMNS } from "./hints.ts";

/** What an aggregate's columns are called. */
export interface ColumnNames {
  /** The column that a field goes to, as its documents have it: by its first name, whatever it is called now. */
  stored(source: EventSource, field: string): string;
  /** A column's newest name. */
  newest(column: string): string;
  /** Its other names, the newest first. */
  older(column: string): readonly string[];
}

/** A name when it first came up: of a column of its own, or as the new name of another. */
interface Introduction {
  readonly name: string;
  readonly id: number;
  readonly renamed: string | undefined;
  readonly hinted: boolean;
  /** Whether no schema has, or had, the name for a field. */
  readonly isOnlyAlias: boolean;
}

/**
 * Names the columns of event types. A rename by alias leaves the stored column as it is and renames it in the API alone; a
 * field of another event type that has the new name from then on goes to the same column. A name that had a column of its
 * own before stays that column's. All of it follows from schema ids, so it stays as it is whatever is registered later.
 */
export function columnNames(sources: readonly EventSource[]): ColumnNames {
  const columns = new Map<string, string>();
  const byColumn = new Map<string, Introduction[]>();
  for (const introduction of sources.flatMap(introductions).sort(inTime)) {
    const { name, renamed } = introduction;
    if (columns.has(name)) continue;
    const column = renamed === undefined ? name : (columns.get(renamed) ?? renamed);
    columns.set(name, column);
    byColumn.set(column, [...(byColumn.get(column) ?? []), introduction]);
  }
  const namesOf = (column: string): readonly string[] => {
    const known = byColumn.get(column) ?? [];
    if (known.some(({ hinted }) => hinted)) return [column];
    const newestFirst = known.toReversed();
    return [...newestFirst.filter((each) => !each.isOnlyAlias), ...newestFirst.filter((each) => each.isOnlyAlias)].map(
      ({ name }) => name,
    );
  };
  return {
    stored: (source, field) => {
      const { column } = source.fieldHints.get(field) ?? {};
      const first = conventionalName(realNames(source, field)[0]?.name ?? field);
      return column ?? columns.get(first) ?? first;
    },
    newest: (column) => namesOf(column)[0] ?? column,
    older: (column) => namesOf(column).slice(1),
  };
}

/** A document has some names for itself. */
function conventionalName(field: string): string {
  return RESERVED_COLUMNS.has(field) ? `payload_${field}` : field;
}

function introductions(source: EventSource): readonly Introduction[] {
  return source.record.fields.flatMap(({ name }): readonly Introduction[] => {
    const { key, column } = source.fieldHints.get(name) ?? {};
    if (key === true) return [];
    if (column !== undefined) return [{ ...OF_ITS_OWN, name: column, id: source.firstId, hinted: true }];
    const aliases = (source.fieldNames.get(name) ?? []).filter((each) => each.isOnlyAlias);
    const older = aliases.map((alias) => ({
      name: conventionalName(alias.name),
      id: alias.id,
      renamed: conventionalName(name),
      hinted: false,
      isOnlyAlias: true,
    }));
    return [...realNames(source, name).map(introduction), ...older];
  });
}

const OF_ITS_OWN = { renamed: undefined, hinted: false, isOnlyAlias: false };

/** The names that schemas had for a field, oldest first. */
function realNames({ fieldNames, firstId }: EventSource, field: string): readonly FieldName[] {
  const names = (fieldNames.get(field) ?? []).filter((each) => each.isOnlyAlias !== true);
  return names.length === 0 ? [{ name: field, id: firstId }] : names;
}

function introduction({ name, id }: FieldName, index: number, names: readonly FieldName[]): Introduction {
  const before = names[index - 1];
  const renamed = before === undefined ? undefined : conventionalName(before.name);
  return { ...OF_ITS_OWN, name: conventionalName(name), id, renamed };
}

/** Of one schema, columns of their own come before renames, and those before names that are aliases only. */
function inTime(a: Introduction, b: Introduction): number {
  return a.id - b.id || kindOf(a) - kindOf(b) || (a.name < b.name ? -1 : 1);
}

function kindOf({ renamed, isOnlyAlias }: Introduction): number {
  if (isOnlyAlias) return 2;
  return renamed === undefined ? 0 : 1;
}
