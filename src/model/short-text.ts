/** Texts up to here are looked at, and written, letter by letter: a call into Node costs more. */
const SHORT = 64;

/** The length of a text in UTF-8, in bytes. */
export function textBytes(text: string): number {
  const { length } = text;
  if (length > SHORT) return Buffer.byteLength(text);
  for (let index = 0; index < length; index += 1) if (text.charCodeAt(index) > 0x7f) return Buffer.byteLength(text);
  return length;
}

/** Writes a text in UTF-8, of which {@link textBytes} has told the length. */
export function writeText(bytes: Buffer, at: number, text: string, length: number): void {
  if (length > SHORT || length !== text.length) {
    bytes.write(text, at, length, "utf8");
    return;
  }
  for (let index = 0; index < length; index += 1) bytes[at + index] = text.charCodeAt(index);
}
