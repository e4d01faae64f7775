import { once } from "node:events";
import { createInterface } from "node:readline";
import { WebSocket } from "ws";
import { PROBE, type SubscribeCase, deliveriesPerEvent, keyOf, now } from "./cases.ts";

/** What the process of the clients is told. */
export interface ClientsRun {
  readonly url: string;
  readonly of: SubscribeCase;
}

/** What it measured: latencies in ms from the append. */
export interface ClientsResult {
  readonly deliveriesPerSecond: number;
  readonly p50: number;
  readonly p99: number;
}

const EVERYTHING = "subscription { meterChanges { operation id cursor meter { name city at } } }";
const ONE =
  "subscription ($id: ID!) { meterChanges(where: {id: {eq: $id}}) { operation id cursor meter { name city at } } }";

/** Counts what arrives, until everything has. */
class Counter {
  readonly #expected: number;
  readonly #latencies: number[] = [];
  readonly #done = Promise.withResolvers<void>();
  #first = Number.POSITIVE_INFINITY;

  constructor(expected: number) {
    this.#expected = expected;
  }

  take(message: string): void {
    const at = Number(/"at":([\d.]+)/.exec(message)?.[1]);
    this.#first = Math.min(this.#first, at);
    this.#latencies.push(now() - at);
    if (this.#latencies.length === this.#expected) this.#done.resolve();
  }

  async result(): Promise<ClientsResult> {
    await this.#done.promise;
    const seconds = (now() - this.#first) / 1_000;
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
    return { deliveriesPerSecond: sorted.length / seconds, p50: at(0.5), p99: at(0.99) };
  }
}

const { url, of }: ClientsRun = JSON.parse(process.argv[2] ?? "");
const counter = new Counter(of.events * deliveriesPerEvent(of));
const probed = new Set<string>();
const everyone = Promise.withResolvers<void>();

function take(socket: number, message: string): void {
  if (!message.includes('"type":"next"')) {
    if (/"type":"(error|complete)"/.test(message)) throw new RangeError(`a subscription ended: ${message}`);
    return;
  }
  if (!message.includes(`"city":"${PROBE}"`)) return counter.take(message);
  probed.add(
    `${socket}/${/"id":"(\w+)","type"|"type":"next","id":"(\w+)"|^\{"id":"(\w+)"/.exec(message)?.slice(1).find(Boolean) ?? ""}`,
  );
  if (probed.size === of.sockets * of.perSocket) everyone.resolve();
}

async function open(socket: number): Promise<void> {
  const client = new WebSocket(url, "graphql-transport-ws");
  await once(client, "open");
  const acknowledged = Promise.withResolvers<void>();
  client.on("message", (data: Buffer) => {
    const message = data.toString();
    if (message.includes('"connection_ack"')) acknowledged.resolve();
    else if (message.includes('"type":"ping"')) client.send('{"type":"pong"}');
    else take(socket, message);
  });
  client.send('{"type":"connection_init"}');
  await acknowledged.promise;
  for (let index = 0; index < of.perSocket; index += 1) {
    const payload = of.keyed
      ? { query: ONE, variables: { id: keyOf(socket * of.perSocket + index) } }
      : { query: EVERYTHING };
    client.send(JSON.stringify({ id: `s${index}`, type: "subscribe", payload }));
  }
}

for (let socket = 0; socket < of.sockets; socket += 1) await open(socket);
process.stdout.write("open\n");
await everyone.promise;
process.stdout.write("ready\n");
await once(createInterface(process.stdin), "line");
process.stdout.write(`${JSON.stringify(await counter.result())}\n`);
process.exit(0);
