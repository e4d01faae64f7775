import type { Plugin } from "graphql-yoga";
import { GraphQLError } from "graphql";

const MEDIA_TYPE = "text/event-stream";

/**
 * Refuses a subscription over HTTP whose client would not take a stream, before it begins: the engine would begin it,
 * find no way to answer, and leave it running.
 */
export function streamRequestsPlugin(): Plugin {
  return {
    onSubscribe({ args, setResultAndStopExecution }) {
      const { request } = args.contextValue;
      if (request === undefined || takesStreams(request.headers.get("accept"))) return;
      const error = new GraphQLError(
        `A subscription is answered with a stream: send accept: ${MEDIA_TYPE}, or subscribe over WebSocket.`,
        { extensions: { code: "BAD_USER_INPUT", http: { status: 406 } } },
      );
      setResultAndStopExecution({ errors: [error] });
    },
  };
}

function takesStreams(accept: string | null): boolean {
  const types = (accept ?? "*/*").split(",").map((type) => type.split(";")[0]?.trim().toLowerCase());
  return types.some((type) => type === MEDIA_TYPE || type === "text/*" || type === "*/*");
}
