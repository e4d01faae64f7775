import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { type Pace, Recorder, keepPace } from "./figures.ts";

const SOCKETS = 128;
const KEYS = 1_000;

const { url, pace }: { readonly url: string; readonly pace: Pace } = JSON.parse(process.argv[2] ?? "");
const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS });
const query = `mutation ($id: ID!, $by: Long!) { count(id: $id, input: { by: $by }, wait: DECIDED, timeoutMs: 20000) { status } }`;
const recorder = new Recorder();

const figures = await keepPace(pace, recorder, async (number) => {
  const started = performance.now();
  const answer = await post(JSON.stringify({ query, variables: { id: `key-${number % KEYS}`, by: 1 } }));
  if (!answer.includes('"DECIDED"')) throw new RangeError(answer);
  recorder.decided(started, 0);
});
process.stdout.write(`${JSON.stringify(figures)}\n`);
process.exit(0);

async function post(body: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const sent = request(`${url}/graphql`, { agent, method: "POST", headers }, (response) => {
    text(response).then(resolve, reject);
  });
  sent.on("error", reject);
  sent.end(body);
  return await promise;
}
