import type { Flags } from "../config/sources.ts";
import { EventQLError } from "../errors.ts";
import type { ExpectedVersion } from "../model/command.ts";

/** What `eventql produce` was asked to append. */
export type ProduceRequest = EventRequest | TombstoneRequest | LinesRequest;

/** One event, given on the command line. */
interface EventRequest {
  readonly kind: "event";
  readonly topic: string;
  readonly text: string;
  readonly shape: LineShape;
  readonly key: string | undefined;
  readonly options: CommandOptions;
}

/** What an owned topic is told besides. */
export interface CommandOptions {
  readonly commandId?: string;
  readonly ifVersion?: ExpectedVersion;
}

/** One deletion. */
interface TombstoneRequest {
  readonly kind: "tombstone";
  readonly topic: string;
  readonly key: string;
  readonly options: CommandOptions;
}

/** A line of JSON for each event. */
export interface LinesRequest {
  readonly kind: "lines";
  readonly topic: string;
  /** Undefined: standard input. */
  readonly file: string | undefined;
  readonly shape: LineShape;
}

/** How a line is read. */
export interface LineShape {
  /** The event type of lines that name none. */
  readonly schema: string | undefined;
  /** The payload's field that holds the key: a line is then a payload alone. */
  readonly keyField: string | undefined;
}

/**
 * Reads the flags of `eventql produce`.
 * @throws EventQLError `BAD_USER_INPUT` where they contradict each other.
 */
export function produceRequest(payload: string | undefined, flags: Flags, stdinIsTerminal: boolean): ProduceRequest {
  const topic = textOf(flags["topic"]) ?? refuse("Name the topic with --topic.");
  const key = textOf(flags["key"]);
  const file = textOf(flags["file"]);
  const shape = { schema: textOf(flags["schema"]), keyField: textOf(flags["keyField"]) };
  const options = commandOptions(flags);
  if (flags["tombstone"] === true) {
    if (payload !== undefined || file !== undefined)
      refuse("A tombstone has no payload: leave the JSON and --file out.");
    return { kind: "tombstone", topic, key: key ?? refuse("Name the key to delete with --key."), options };
  }
  if (payload !== undefined) {
    if (file !== undefined) refuse("Give either one event as JSON, or --file, not both.");
    if (key !== undefined && shape.keyField !== undefined) refuse("Give either --key or --key-field, not both.");
    return { kind: "event", topic, text: payload, shape, key, options };
  }
  if (key !== undefined) refuse("--key is for one event: give it as JSON, or let each line name its own key.");
  if (Object.keys(options).length > 0) refuse("--command-id and --if-version are for one event: give it as JSON.");
  if (file === undefined && stdinIsTerminal) {
    refuse(`Give an event as JSON, a file with --file, or lines to standard input: see eventql produce --help.`);
  }
  return { kind: "lines", topic, file: file === "-" ? undefined : file, shape };
}

function commandOptions(flags: Flags): CommandOptions {
  const commandId = textOf(flags["commandId"]);
  const ifVersion = textOf(flags["ifVersion"]);
  return {
    ...(commandId === undefined ? {} : { commandId }),
    ...(ifVersion === undefined ? {} : { ifVersion: expectedVersion(ifVersion) }),
  };
}

function expectedVersion(text: string): ExpectedVersion {
  if (text === "NO_STREAM" || text === "EXISTS") return text;
  const version = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(version)) return version;
  return refuse(`--if-version is ${JSON.stringify(text)}: give a version (a whole number), NO_STREAM or EXISTS.`);
}

function textOf(flag: Flags[string]): string | undefined {
  return typeof flag === "string" ? flag : undefined;
}

function refuse(message: string): never {
  throw new EventQLError("BAD_USER_INPUT", message);
}
