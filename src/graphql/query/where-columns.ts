/** The fields of the aggregate that a `where` asks of, inside `AND`, `OR` and `NOT` too; not those of nested records. */
export function whereColumns(where: unknown): ReadonlySet<string> {
  const columns = new Set<string>();
  collect(where, columns);
  return columns;
}

function collect(where: unknown, columns: Set<string>): void {
  if (Array.isArray(where)) {
    for (const one of where) collect(one, columns);
    return;
  }
  if (typeof where !== "object" || where === null) return;
  for (const [name, given] of Object.entries(where)) {
    if (name === "AND" || name === "OR" || name === "NOT") collect(given, columns);
    else columns.add(name);
  }
}
