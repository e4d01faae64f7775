import { z } from "zod";
import type { EventCodec } from "../../catalog/codec.ts";
import { parsePayload } from "../../catalog/payload-json.ts";
import type { EventType } from "../../catalog/types.ts";
import { EventQLError, messageOf } from "../../errors.ts";
import { hashOf } from "../../model/content-hash.ts";
import { readJson } from "../event-line.ts";

/** What another system has of a key. */
export interface OtherEntry {
  readonly id: string;
  /** Undefined: it doesn't say. */
  readonly version: number | undefined;
  readonly hash: string;
}

const version = z
  .union([z.int(), z.string().regex(/^\d{1,15}$/)])
  .transform(Number)
  .optional();

/** As `eventql surface` prints it, or less. */
const Hashed = z.strictObject({
  id: z.string(),
  version,
  hash: z.string().regex(/^[0-9a-f]{32}$/),
  type: z.string().optional(),
  updatedAt: z.string().optional(),
});

const Payload = z.strictObject({
  id: z.string(),
  version,
  type: z.string(),
  payload: z.record(z.string(), z.unknown()),
});

const Id = z.object({ id: z.string() });

const FORMS = '{"id","hash"}, {"id","version","hash"} or {"id","type","payload"}';

/** Reads lines of what another system has; events are hashed as the newest schema writes them. */
export class SurfaceLines {
  readonly #eventTypes: readonly EventType[];
  readonly #codec: Pick<EventCodec, "encode">;

  constructor(eventTypes: readonly EventType[], codec: Pick<EventCodec, "encode">) {
    this.#eventTypes = eventTypes;
    this.#codec = codec;
  }

  /** Reads a line. @throws EventQLError `BAD_USER_INPUT` naming the line. */
  read(text: string, line: number): OtherEntry {
    try {
      const json = readJson(text);
      const hashed = Hashed.safeParse(json);
      if (hashed.success) return { id: hashed.data.id, version: hashed.data.version, hash: hashed.data.hash };
      const event = Payload.safeParse(json);
      if (!event.success) throw new EventQLError("BAD_USER_INPUT", `it is none of ${FORMS}`);
      const { id, type: name, payload } = event.data;
      const type = this.#typeOf(name);
      const hash = hashOf(type.fullName, this.#codec.encode(type, parsePayload(type, payload)));
      return { id, version: event.data.version, hash };
    } catch (error) {
      throw new EventQLError("BAD_USER_INPUT", `Line ${line} of the file can't be compared: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  #typeOf(name: string): EventType {
    const found =
      this.#eventTypes.find(({ fullName }) => fullName === name) ??
      this.#eventTypes.find((type) => type.name === name || type.fullName.endsWith(`.${name}`));
    if (found !== undefined) return found;
    const names = this.#eventTypes.map((type) => type.name).join(", ");
    throw new EventQLError("BAD_USER_INPUT", `the topic has no event type ${name}: it has ${names}`);
  }
}

/** The id of a line, for its order; undefined: there is none. */
export function idOfLine(text: string): string | undefined {
  try {
    return Id.safeParse(JSON.parse(text)).data?.id;
  } catch {
    return undefined;
  }
}
