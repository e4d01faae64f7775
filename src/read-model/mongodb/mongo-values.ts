/**
 * Turns what the driver read into the stored form, in place: 64-bit integers that are safe become numbers, buffers
 * become plain bytes. The driver is told to read 64-bit integers as bigints; most documents have none and cost a look
 * at each field.
 */
export function toStoredForm<T extends object>(document: T): T {
  if (isFields(document)) convertFields(document);
  return document;
}

function convertFields(fields: Record<string, unknown>): void {
  for (const name in fields) {
    const value = fields[name];
    if (typeof value === "object" || typeof value === "bigint") {
      const converted = convert(value);
      if (converted !== value) fields[name] = converted;
    }
  }
}

function convert(value: unknown): unknown {
  if (typeof value === "bigint") return isSafe(value) ? Number(value) : value;
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  // A copy, since the driver's buffer is a view that keeps the server's whole answer in memory.
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) convertItems(value);
  else if (isFields(value)) convertFields(value);
  return value;
}

function convertItems(items: unknown[]): void {
  for (let i = 0; i < items.length; i++) items[i] = convert(items[i]);
}

/** Any object that isn't of another kind: what the driver makes of a document. */
function isFields(value: object): value is Record<string, unknown> {
  return !Array.isArray(value);
}

function isSafe(value: bigint): boolean {
  return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER;
}
