/**
 * A schema's text with blanks in place of comments (slash and star, or two slashes): JSON has none, but the files that
 * people have for Java's tools may begin with a licence. What stands behind them stays where it was.
 */
export function withoutComments(text: string): string {
  return text.replaceAll(
    /("(?:[^"\\]|\\.)*")|\/\*[^]*?\*\/|\/\/[^\n\r]*/g,
    (found: string, quoted: string | undefined) => quoted ?? found.replaceAll(/[^\n\r]/g, " "),
  );
}
