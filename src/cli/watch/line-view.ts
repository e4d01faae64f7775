import type { Output } from "../terminal.ts";
import type { View } from "./view.ts";
import type { Watched } from "./watched.ts";

/** A line of JSON for each change; what concerns the connection goes to standard error. */
export function lineView(
  { document }: Watched,
  { stdout, stderr }: { readonly stdout: Output; readonly stderr: Output },
): View {
  const told = new Set<string>();
  const tellOnce = (message: string): void => {
    if (!told.has(message)) stderr.write(`${message}\n`);
    told.add(message);
  };
  const lost = "The connection was lost: trying again.";
  return {
    show: ({ operation, id, document: content }) => {
      told.delete(lost);
      stdout.write(`${JSON.stringify({ operation, id, [document]: content })}\n`);
    },
    lost: () => tellOnce(lost),
    restart: () => {
      stderr.write("Some changes are no longer kept: beginning anew with the documents that there are.\n");
    },
    warn: tellOnce,
    end: () => {},
  };
}
