import type { ShownDeadLetter } from "../../model/dead-letter-administration.ts";
import { plainLines, plainText } from "../plain-text.ts";
import { formatTable } from "../table.ts";

/** A letter as a line of JSON has it. */
export function letterJson({ cursor: _cursor, timestamp, bytes, payload, ...letter }: ShownDeadLetter): object {
  return {
    ...letter,
    key: letter.key ?? null,
    timestamp: timestamp.toISOString(),
    eventType: letter.eventType ?? null,
    payload: payload ?? null,
    bytes: bytes === undefined ? null : Buffer.from(bytes).toString("base64"),
  };
}

/** Letters in a table of `width` characters. */
export function lettersTable(letters: readonly ShownDeadLetter[], width?: number): string {
  const rows = letters.map(({ id, key, timestamp, code, waiting, reason }) =>
    [id, key ?? "(none)", timestamp.toISOString(), code, waiting ? "waits" : oneLine(reason)].map(plainText),
  );
  return formatTable(["ID", "KEY", "TIMESTAMP", "CODE", "REASON"], rows, width);
}

/** A letter for people. */
export function letterText(letter: ShownDeadLetter): string {
  const { id, projection, topic, partition, offset, key, timestamp, code, reason, waiting, eventType } = letter;
  const lines = [
    `id          ${plainText(id)}`,
    `projection  ${projection}`,
    `position    topic ${topic}, partition ${partition}, offset ${offset}`,
    `key         ${plainText(key ?? "(none that is valid)")}`,
    `timestamp   ${timestamp.toISOString()}`,
    `code        ${code}${waiting ? ", waits behind another one" : ""}`,
    `reason      ${reason}`,
    ...(eventType === undefined ? [] : [`type        ${eventType}`]),
    `event       ${eventText(letter)}`,
  ];
  return `${lines.map(plainLines).join("\n")}\n`;
}

function eventText({ payload, bytes }: ShownDeadLetter): string {
  if (payload !== undefined) return JSON.stringify(payload);
  if (bytes !== undefined) return `${Buffer.from(bytes).toString("base64")} (Base64)`;
  return "a tombstone, or not shown, for it may hold what is hidden";
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
