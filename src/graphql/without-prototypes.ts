/**
 * Takes their prototype from a JSON value's objects, in place. `graphql` reads the fields of an input by their names alone,
 * and of an ordinary object it would find `constructor` or `toString`, which every object inherits.
 */
export function withoutPrototypes(json: unknown): void {
  const open: unknown[] = [json];
  for (let value = open.pop(); value !== undefined || open.length > 0; value = open.pop()) {
    if (typeof value !== "object" || value === null) continue;
    if (!Array.isArray(value)) Object.setPrototypeOf(value, null);
    for (const inner of Object.values(value)) open.push(inner);
  }
}
