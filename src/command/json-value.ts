/** The JSON that a record's value holds; undefined where it holds none. */
export function jsonOf(value: Uint8Array | null): unknown {
  try {
    return JSON.parse(Buffer.from(value ?? []).toString());
  } catch {
    return undefined;
  }
}
