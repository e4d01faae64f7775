/** What a token says of its bearer, by name. */
export type Claims = Readonly<Record<string, unknown>>;

/**
 * The claim at a path, with dots between its steps: `realm_access.roles`. A name that has dots itself, such as
 * `https://example.com/role`, is found too: the longest name that is there wins at each step.
 */
export function claimAt(claims: unknown, path: string): unknown {
  if (!isClaims(claims)) return undefined;
  if (Object.hasOwn(claims, path)) return claims[path];
  for (let dot = path.lastIndexOf("."); dot > 0; dot = path.lastIndexOf(".", dot - 1)) {
    const name = path.slice(0, dot);
    const found = Object.hasOwn(claims, name) ? claimAt(claims[name], path.slice(dot + 1)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function isClaims(value: unknown): value is Claims {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
