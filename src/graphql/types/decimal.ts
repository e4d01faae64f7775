const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?$/;

/** Whether a text is a decimal number without an exponent. */
export function isDecimal(text: string): boolean {
  return DECIMAL.test(text);
}

/** Writes a decimal with exactly `scale` digits after its point; undefined where that would lose digits, or it has more than `precision`. */
export function fitDecimal(text: string, precision: number, scale: number): string | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = ""] = match;
  const kept = fraction.replace(/0+$/, "");
  const integer = whole.replace(/^0+(?=\d)/, "");
  const digits = integer === "0" ? scale : integer.length + scale;
  if (kept.length > scale || digits > precision) return undefined;
  const negative = sign === "-" && /[1-9]/.test(integer + kept);
  return `${negative ? "-" : ""}${integer}${scale === 0 ? "" : `.${kept.padEnd(scale, "0")}`}`;
}
