import { CloseCode } from "graphql-ws";
import { z } from "zod";
import type { EventQLError } from "../../errors.ts";
import { gatewayError } from "./gateway-error.ts";

/** What the end of a subscription means to one who wants it to go on. */
export type Ending =
  /** Tried again, it goes on; after this cursor, if the gateway has told one. */
  | { readonly kind: "lost"; readonly cursor: string | undefined }
  /** What came after the cursor is no longer kept. */
  | { readonly kind: "expired" }
  /** Tried again, it would end the same way. */
  | { readonly kind: "refused"; readonly error: EventQLError };

const Refusal = z.object({
  message: z.string(),
  extensions: z.object({ code: z.string(), details: z.object({ cursor: z.string().optional() }).optional() }),
});

/** A close of the socket that says no, in the protocol's own codes. */
const Close = z.object({
  code: z.union([z.literal(CloseCode.BadRequest), z.literal(CloseCode.Unauthorized), z.literal(CloseCode.Forbidden)]),
  reason: z.string(),
});

/** Judges what a subscription has ended with. */
export function endingOf(error: unknown): Ending {
  const refusal = z.array(Refusal).safeParse(error).data?.[0];
  if (refusal !== undefined) return ofRefusal(refusal);
  const close = Close.safeParse(error);
  if (!close.success) return { kind: "lost", cursor: undefined };
  const [code = "", message = ""] = close.data.reason.split(/: (.*)/s);
  return { kind: "refused", error: gatewayError(code, message === "" ? close.data.reason : message) };
}

function ofRefusal({ message, extensions }: z.infer<typeof Refusal>): Ending {
  const error = gatewayError(extensions.code, message);
  const cursor = extensions.details?.cursor;
  if (error.code === "CURSOR_EXPIRED") return { kind: "expired" };
  // With a cursor it was running: what may be seen, or how it is made, has changed, and may still be shown.
  const isChanged = error.code === "FORBIDDEN" || error.code === "PROJECTION_CHANGED";
  const goesOn = error.retriable || (isChanged && cursor !== undefined);
  return goesOn ? { kind: "lost", cursor } : { kind: "refused", error };
}
