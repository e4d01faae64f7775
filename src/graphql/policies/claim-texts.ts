import { type Claims, claimAt } from "../../model/claims.ts";

/** The path of the claim that a value of a policy's `where` stands for; undefined: it stands for itself. */
export function claimPath(value: unknown): string | undefined {
  return typeof value === "string" ? /^\$claims\.(.+)$/s.exec(value)?.[1] : undefined;
}

/** Whether a text looks like a variable and is none: a slip that would make a filter compare with the text. */
export function isUnknownVariable(value: unknown): boolean {
  return typeof value === "string" && /^\$[A-Za-z_]/.test(value) && claimPath(value) === undefined;
}

/** The values of claims, in the order of their paths; a path in place of them where the caller has no such claim. */
export function claimValues(
  claims: Claims,
  paths: readonly string[],
): { readonly values: readonly unknown[] } | { readonly missing: string } {
  const values = paths.map((path) => claimAt(claims, path));
  // An empty text says as little as none, and every text begins with it.
  const missing = paths.find(
    (_path, index) => values[index] === undefined || values[index] === null || values[index] === "",
  );
  return missing === undefined ? { values } : { missing };
}

/** A `where` with values in place of claims. */
export function withClaims(where: unknown, values: ReadonlyMap<string, unknown>): unknown {
  const path = claimPath(where);
  if (path !== undefined) return values.get(path);
  if (Array.isArray(where)) return where.map((item) => withClaims(item, values));
  if (typeof where !== "object" || where === null) return where;
  return Object.fromEntries(Object.entries(where).map(([name, given]) => [name, withClaims(given, values)]));
}
