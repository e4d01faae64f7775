import { EventQLError } from "../../../errors.ts";
import type { Value } from "../../../model/value.ts";
import type { OperatorInfo } from "./operators.ts";
import { type Place, inField, listOf } from "./place.ts";
import type { TextMode } from "./text-pattern.ts";
import type { Comparand } from "./where-field.ts";

/** An operator with its operand, checked and in the stored form. */
export interface Condition {
  readonly operator: string;
  readonly operand: Value;
}

/** What an operator is read with. */
interface Reading {
  readonly info: OperatorInfo | undefined;
  /** Of the field that is asked of, for messages. */
  readonly name: string;
  readonly comparand: Comparand | undefined;
  readonly mode: TextMode;
}

/**
 * Reads what an operator is given.
 * @throws EventQLError `BAD_USER_INPUT` for null or a value that doesn't fit, `LIMIT_EXCEEDED`.
 */
export function operandOf(given: unknown, reading: Reading, place: Place): Value {
  if (given === null)
    throw new EventQLError("BAD_USER_INPUT", `${place.input} is null, which is no value: ask with \`isNull\`.`);
  const { info } = reading;
  if (info?.operand === "boolean") return given === true;
  if (info?.operand === "pattern") return patternOf(given, place);
  if (info?.operand === "key") return keyOf(given, place);
  if (info?.operand === "keys") return listOf(given, place).map((key) => keyOf(key, place));
  if (info?.operand !== "list") return storedOf(given, reading, place);
  return listOf(given, place).map((item, index) => storedOf(item, reading, inField(place, index)));
}

/** Reads how texts are compared. @throws EventQLError `BAD_USER_INPUT` for null. */
export function textModeOf(given: unknown, { input }: Place): TextMode {
  if (given === undefined || given === "SENSITIVE") return "SENSITIVE";
  if (given === "INSENSITIVE") return "INSENSITIVE";
  throw new EventQLError("BAD_USER_INPUT", `${input}.mode is null: leave it out, or say which.`);
}

function storedOf(given: unknown, { comparand, name, mode }: Reading, place: Place): Value {
  if (comparand === undefined) throw new EventQLError("BAD_USER_INPUT", `${place.input} can't be compared.`);
  // Without regard to case every comparison is a search.
  if (mode === "INSENSITIVE") return patternOf(given, place);
  return comparand.codec.toStored(given, (reason) => {
    throw new EventQLError("BAD_USER_INPUT", `${place.input}: ${name} ${reason}.`);
  });
}

function keyOf(given: unknown, { input }: Place): string {
  if (typeof given === "string") return given;
  throw new EventQLError("BAD_USER_INPUT", `${input} must be a text.`);
}

function patternOf(given: unknown, { input, limits }: Place): Value {
  const text = String(given);
  if (text.length <= limits.maxPatternLength) return text;
  throw new EventQLError("LIMIT_EXCEEDED", `${input} is longer than ${limits.maxPatternLength}: search for less.`);
}
