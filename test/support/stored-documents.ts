import { z } from "zod";
import type { StoredDocument } from "../../src/read-model/read-model.ts";

const documentSchema = z.custom<StoredDocument>(
  (value) => z.object({ _id: z.string() }).loose().safeParse(value).success,
);

/** Documents as a driver returned them, checked to have a text as `_id`. */
export function stringDocuments(documents: readonly unknown[]): readonly StoredDocument[] {
  return z.array(documentSchema).parse(documents);
}
