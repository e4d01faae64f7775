/** Words that are no name of a type in TypeScript, or mean something where a type stands. */
const KEYWORDS = `
  abstract any as asserts async await bigint boolean break case catch class const continue debugger declare default
  delete do else enum export extends false finally for function global globalThis if implements import in infer
  instanceof interface is keyof let module namespace never new null number object out override package private
  protected public readonly require return satisfies static string super switch symbol this throw true try type typeof
  undefined unique unknown using var void while with yield`;

/** Global types that the text refers to. */
const GLOBALS = "Date Uint8Array";

/** What a type of the catalog can't be called. */
export const RESERVED_WORDS: ReadonlySet<string> = new Set(`${KEYWORDS} ${GLOBALS}`.split(/\s+/));
