import { z } from "zod";

// Each schema's error text is what is right, worded to follow "give".

/** A whole number, also as text. */
export function whole(min: number, max: number): z.ZodType<number> {
  const error = `a whole number from ${min} to ${max}`;
  return z.preprocess(numberOf, z.int({ error }).min(min, { error }).max(max, { error }));
}

/** A truth value, also as text. */
export const onOff: z.ZodType<boolean> = z.preprocess(switchOf, z.boolean({ error: "true or false" }));

/** A text of a pattern. */
export function text(pattern: RegExp, error: string): z.ZodString {
  return z.string({ error }).regex(pattern, { error });
}

/** A list of at least one, also as text with commas. */
export function list<T extends z.ZodType>(item: T, error: string): z.ZodType<z.output<T>[]> {
  return z.preprocess(listOf, z.array(item, { error }).min(1, { error }));
}

/** One of some texts. */
export function oneOf<const T extends readonly string[]>(...values: T): z.ZodType<T[number]> {
  return z.enum(values, { error: alternatives.format(values) });
}

const alternatives = new Intl.ListFormat("en-GB", { type: "disjunction" });

/** Text of a flag or variable as the number that it spells; anything else as it is. */
function numberOf(value: unknown): unknown {
  return typeof value === "string" && /^-?\d+$/.test(value.trim()) ? Number(value) : value;
}

/** Text of a flag or variable as the truth value that it spells; anything else as it is. */
function switchOf(value: unknown): unknown {
  return typeof value === "string" ? (SWITCH.get(value.trim().toLowerCase()) ?? value) : value;
}

const SWITCH = new Map([
  ["true", true],
  ["1", true],
  ["yes", true],
  ["on", true],
  ["false", false],
  ["0", false],
  ["no", false],
  ["off", false],
]);

function listOf(value: unknown): unknown {
  if (typeof value !== "string") return value;
  return value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
