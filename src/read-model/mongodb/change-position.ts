import { Timestamp } from "mongodb";
import { EventQLError } from "../../errors.ts";
import { cursorInvalid } from "../change-errors.ts";

/**
 * Positions of changes: `<cluster time>/<resume token>`, the time as 16 hexadecimal digits of seconds and increment. A
 * resume token is a hexadecimal KeyString that begins with the cluster time; tokens compare as the server orders the
 * events, those of one transaction included. All servers and streams give an event the same token. `~`, which is above
 * all digits, in the token's place stands for everything at that time and before.
 * Source: https://www.mongodb.com/docs/manual/changeStreams/#resume-tokens
 */
const POSITION = /^([0-9A-F]{16})\/(?:~|[0-9A-F]+)$/;

/** In the token's place: everything at that time. */
const ALL = "~";

/** A KeyString's type byte for a timestamp, then its eight bytes. */
const TOKEN = /^82([0-9A-F]{16})/;

/** The position of the event that has this resume token. */
export function eventPosition(token: unknown): string {
  const text = tokenText(token);
  return `${digitsOf(text)}/${text}`;
}

/** The position of everything at that cluster time and before. */
export function timePosition(time: Timestamp): string {
  return positionAt(time.toBigInt());
}

/**
 * The position that a stream has reached with this resume token, the last event's or a high-water mark. A mark of time T
 * promises only what is before T.
 */
export function reachedPosition(token: unknown): string {
  return positionAt(BigInt(`0x${digitsOf(tokenText(token))}`) - 1n);
}

/** The cluster time that a resume token begins with. */
export function tokenTime(token: unknown): Timestamp {
  return new Timestamp(BigInt(`0x${digitsOf(tokenText(token))}`));
}

/**
 * The cluster time of a position.
 * @throws EventQLError `CURSOR_INVALID` for a text that is no position.
 */
export function positionTime(position: string): Timestamp {
  const digits = POSITION.exec(position)?.[1];
  if (digits === undefined) throw cursorInvalid("it is no position of a MongoDB change stream");
  return new Timestamp(BigInt(`0x${digits}`));
}

/** From when on a stream must begin to tell everything after a position, and perhaps some of before. */
export function timeAfter(position: string): Timestamp {
  const time = positionTime(position);
  return position.endsWith(ALL) ? new Timestamp(time.toBigInt() + 1n) : time;
}

function positionAt(time: bigint): string {
  return `${time.toString(16).toUpperCase().padStart(16, "0")}/${ALL}`;
}

function tokenText(token: unknown): string {
  if (typeof token === "object" && token !== null && "_data" in token && typeof token._data === "string")
    return token._data;
  throw unknownToken();
}

function digitsOf(token: string): string {
  const digits = TOKEN.exec(token)?.[1];
  if (digits === undefined) throw unknownToken();
  return digits;
}

function unknownToken(): EventQLError {
  return new EventQLError("INTERNAL", "MongoDB gave a resume token of an unknown form: use MongoDB 6 to 8.");
}
