import { didYouMean } from "../catalog/problems.ts";

/** A part of a request that doesn't fit. */
export interface ProblemPart {
  readonly detail: string;
  /** Of the body: a JSON Pointer (RFC 6901), as a fragment. */
  readonly pointer?: string;
  /** Of the path or the query. */
  readonly parameter?: string;
}

/** The parameters of a request, unescaped. */
export interface RouteParameters {
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

/** Reads the query of a request; what the route doesn't have, or is given twice, comes as parts that don't fit. */
export function readQuery(
  url: string,
  known: readonly string[],
): { readonly query: RouteParameters["query"]; readonly parts: readonly ProblemPart[] } {
  const start = url.indexOf("?");
  const found = new Map<string, string>();
  const parts: ProblemPart[] = [];
  for (const [parameter, text] of new URLSearchParams(start < 0 ? "" : url.slice(start + 1))) {
    if (!known.includes(parameter))
      parts.push({ parameter, detail: `there is no query parameter ${parameter} (${didYouMean(parameter, known)})` });
    else if (found.has(parameter)) parts.push({ parameter, detail: `the query parameter ${parameter} is given twice` });
    else found.set(parameter, text);
  }
  return { query: Object.fromEntries(found), parts };
}
