/** Characters of JSON that stand on one line. */
const WIDTH = 100;

/** A value as JSON, on as few lines as are readable. */
export function layOut(value: unknown, indent = ""): string {
  const line = JSON.stringify(value) ?? "null";
  if (line.length + indent.length <= WIDTH || typeof value !== "object" || value === null) return line;
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((element) => layOut(element, inner))
    : Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}: ${layOut(field, inner)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${parts.map((part) => inner + part).join(",\n")}\n${indent}${close}`;
}
