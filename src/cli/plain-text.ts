/** A text in which nothing is left that a terminal would obey: what others wrote is shown, not carried out. */
export function plainText(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** As {@link plainText}, with its lines. */
export function plainLines(text: string): string {
  return text.split("\n").map(plainText).join("\n");
}
