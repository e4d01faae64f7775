import { SAMPLE_USERS } from "../sample/appuser.ts";

/** What is ready, and what to try first. */
export interface ReadyState {
  /** Without a path. */
  readonly url: string;
  readonly stack: string;
  /** Whether the example's users are there, and anyone may ask for them. */
  readonly hasSample: boolean;
  /** Whether there is nothing to serve yet. */
  readonly isEmpty: boolean;
  /** Whether browsers are shown GraphiQL. */
  readonly hasGraphiQL: boolean;
}

const EMPTY =
  "There are no event types yet: eventql schema register <folder> makes them part of the API, also while this runs.\n";

/** What `eventql start` prints when it serves. */
export function readyMessage({ url, stack, hasSample, isEmpty, hasGraphiQL }: ReadyState): string {
  const endpoint = `${url.replace("//127.0.0.1:", "//localhost:")}/graphql`;
  const invitation = hasGraphiQL ? " Open it in a browser for GraphiQL." : "";
  const headline = `EventQL is ready at ${endpoint} (${stack} stack).${invitation}\n`;
  if (isEmpty) return `${headline}${EMPTY}`;
  return hasSample ? `${headline}\nTry it:\n\n${sampleRequests(endpoint).join("\n\n")}\n\n` : headline;
}

/** Three requests to paste into a shell: several users by key, a change, and one user by key. */
function sampleRequests(endpoint: string): readonly string[] {
  const [first] = SAMPLE_USERS;
  const ids = SAMPLE_USERS.map((id) => JSON.stringify(id)).join(", ");
  return [
    `{ users(where: {id: {in: [${ids}]}}) { id firstname last_name email } }`,
    `mutation { userChanged(id: "${first}", input: {first_name: "Ada", last_name: "King"}) { status receipt } }`,
    `{ user(id: "${first}") { id firstname last_name email } }`,
  ].map((document) => `  curl -s ${endpoint} -H 'content-type: application/graphql' -d '${document}'`);
}
