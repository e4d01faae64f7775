import { setImmediate as nextTurn } from "node:timers/promises";
import type { FeedSink } from "../feed.ts";

/** Waits until a sink has room, at most `limitMs`, or until the signal. Resolves with whether it has. */
export async function waitForRoom(
  sink: Pick<FeedSink<never>, "hasRoom" | "room">,
  limitMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const { promise: givenUp, resolve: giveUp } = Promise.withResolvers<"given up">();
  const onEnd = (): void => giveUp("given up");
  const timer = setTimeout(onEnd, limitMs);
  signal.addEventListener("abort", onEnd, { once: true });
  try {
    while (!sink.hasRoom() && !signal.aborted) {
      if ((await Promise.race([sink.room(), givenUp])) === "given up") break;
      // Others may share the bound and have been faster: a turn each, so that no one starves the process.
      if (!sink.hasRoom()) await nextTurn();
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onEnd);
  }
  return sink.hasRoom();
}
