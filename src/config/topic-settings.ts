import { z } from "zod";
import { durationMs } from "../model/duration.ts";
import { whole } from "./parsers.ts";

/** What a topic is to be like that EventQL makes. One that exists is left as it is. */
export interface TopicSettings {
  /** Default 4. */
  readonly partitions?: number | undefined;
  /** Whether older records of a key are removed. Default false. */
  readonly compacted?: boolean | undefined;
  /** After how long records expire, as ISO 8601 writes it, in weeks to seconds: `P30D`. Default: never. */
  readonly retention?: string | undefined;
}

const SETTINGS = 'settings by topic: { "account-events": { partitions: 4, retention: "P30D" } }';
const DURATION = 'a duration of weeks to seconds as ISO 8601 writes it: "P30D", "PT12H"';

/** The setting `topicSettings`. */
export const topicSettingsShape: z.ZodType<Readonly<Record<string, TopicSettings>> | undefined> = z
  .record(
    z.string(),
    z.strictObject(
      {
        partitions: whole(1, 10_000).optional(),
        compacted: z.boolean({ error: "true or false" }).optional(),
        retention: z
          .string({ error: DURATION })
          .refine((text) => durationMs(text) !== undefined, { error: DURATION })
          .optional(),
      },
      { error: SETTINGS },
    ),
    { error: SETTINGS },
  )
  .optional();
