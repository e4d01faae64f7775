import { z } from "zod";
import { Api, type Answer, type Subscription, unlike } from "./api.ts";
import { addField, schemaFile } from "./evolution.ts";
import type { Stage } from "./stage.ts";
import type { Workshop as WholeWorkshop } from "./workshop.ts";

/** What the story needs of a workshop. */
type Workshop = Pick<WholeWorkshop, "path" | "signal" | "run" | "startGateway">;

const EVENTS = [
  { key: "ada", schema: "UserChanged", value: { first_name: "Ada", last_name: "Byron" } },
  { key: "grace", schema: "UserChanged", value: { first_name: "Grace", last_name: "Hopper" } },
  { key: "alan", schema: "UserChanged", value: { first_name: "Alan", last_name: "Turing" } },
  { key: "grace", schema: "UserEmailChanged", value: { email: "grace@example.com" } },
];

const PHONE = { name: "phone", type: ["null", "string"], default: null };
const REQUIRED = { name: "country", type: "string" };

const Told = z.object({
  userChanges: z.object({ operation: z.string(), user: z.looseObject({}), cursor: z.string() }),
});

/**
 * Tells the whole story, from schemas to a subscription that goes on after a break.
 * @throws EventQLError where a step doesn't show what it should.
 */
export async function tellStory(stage: Stage, workshop: Workshop): Promise<void> {
  await register(stage, workshop);
  const api = await serve(stage, workshop);
  await produce(stage, workshop);
  await query(stage, api);
  const live = await mutate(stage, api);
  const cursor = await evolve(stage, workshop, api, live);
  await live.close();
  await refuse(stage, workshop);
  await resume(stage, api, cursor);
  stage.end("That is all of it: no code, no Kafka, no database. Now yours: npm start");
}

async function register(stage: Stage, workshop: Workshop): Promise<void> {
  await stage.heading("Register", "Three Avro files: the events of the topic appuser. They are all that it takes.");
  const output = await shell(stage, workshop, ["schema", "register"]);
  expectText(output, "appuser-app.user.UserChanged  version 1");
}

async function serve(stage: Stage, workshop: Workshop): Promise<Api> {
  await stage.heading("Serve", "The gateway: here with one SQLite file in place of Kafka, the registry and MongoDB.");
  stage.command("eventql start");
  const { url, greeting } = await workshop.startGateway();
  stage.output(greeting);
  return new Api(url, workshop.signal);
}

async function produce(stage: Stage, workshop: Workshop): Promise<void> {
  await stage.heading("Produce", "Events may come from anywhere: your services, or the command line.");
  const lines = EVENTS.map((event) => JSON.stringify(event)).join("\n");
  stage.command(`eventql produce --topic appuser --file - <<END\n${lines}\nEND`);
  const { output } = await workshop.run(["produce", "--topic", "appuser", "--file", "-"], lines);
  stage.output(output);
  expectText(output, `${EVENTS.length} events appended to appuser`);
}

async function query(stage: Stage, api: Api): Promise<void> {
  await stage.heading("Query", "One document per key, folded from its events. Several keys in one round trip:");
  const document = `{ users(where: { id: { in: ["ada", "alan", "grace"] } }) { id firstname last_name email } }`;
  stage.graphql(document);
  const users = [
    { id: "ada", firstname: "Ada", last_name: "Byron", email: null },
    { id: "alan", firstname: "Alan", last_name: "Turing", email: null },
    { id: "grace", firstname: "Grace", last_name: "Hopper", email: "grace@example.com" },
  ];
  const { data } = await api.askUntil(document, ({ data: found }) => isLike(found, { users }));
  stage.answer(data);
}

/** Leaves the subscription open. */
async function mutate(stage: Stage, api: Api): Promise<Subscription> {
  await stage.heading("Mutate, and see it live", "A mutation appends an event. Whoever subscribes sees what it does.");
  const watching = changesOf(`where: { id: { eq: "ada" } }, snapshot: true`);
  stage.graphql(watching);
  const live = api.subscribe(watching);
  await tell(stage, live, "SNAPSHOT", { firstname: "Ada", last_name: "Byron" });
  await send(stage, api, `id: "ada", input: { first_name: "Ada", last_name: "Lovelace" }`);
  await tell(stage, live, "UPDATE", { firstname: "Ada", last_name: "Lovelace" });
  return live;
}

/** Returns where the subscription has come to. */
async function evolve(stage: Stage, workshop: Workshop, api: Api, live: Subscription): Promise<string> {
  await stage.heading(
    "Evolve",
    "A new version of a schema. The gateway isn't restarted, and the subscription goes on.",
  );
  await addField(schemaFile(workshop.path), PHONE);
  stage.note(`schemas/appuser/UserChanged.avsc gets one more field: ${JSON.stringify(PHONE)}`);
  const output = await shell(stage, workshop, ["schema", "register"]);
  expectText(output, "appuser-app.user.UserChanged  version 2");
  const began = performance.now();
  const document = `{ user(id: "ada") { firstname phone } }`;
  stage.graphql(document);
  const wanted = { user: { firstname: "Ada", phone: null } };
  stage.answer((await api.askUntil(document, ({ data }) => isLike(data, wanted))).data);
  stage.note(`The column was there after ${Math.ceil(performance.now() - began)} ms.`);
  const input = `{ first_name: "Ada", last_name: "King", phone: "+44 20 1815" }`;
  await send(stage, api, `id: "ada", input: ${input}`, "firstname phone");
  return await tell(stage, live, "UPDATE", { firstname: "Ada", last_name: "King" });
}

async function refuse(stage: Stage, workshop: Workshop): Promise<void> {
  await stage.heading("Make mistakes", "What would break somebody is refused, with what is wrong and what to do.");
  await addField(schemaFile(workshop.path), REQUIRED, schemaFile(workshop.path, "wrong"));
  stage.note(`A field that older events don't have: ${JSON.stringify(REQUIRED)}`);
  const schema = await shell(stage, workshop, ["schema", "register", "wrong"], 1);
  expectText(schema, "SCHEMA_INCOMPATIBLE");
  const event = `{"frst_name":"Ada","last_name":5}`;
  const args = ["produce", "--topic", "appuser", "--schema", "UserChanged", event];
  expectText(await shell(stage, workshop, args, 1), "frst_name");
}

async function resume(stage: Stage, api: Api, cursor: string): Promise<void> {
  const explanation = "The subscription was closed meanwhile. Its last cursor goes on from there, on any gateway.";
  await stage.heading("Come back", explanation);
  await send(stage, api, `id: "ada", input: { first_name: "Augusta Ada", last_name: "King" }`);
  const watching = changesOf(`where: { id: { eq: "ada" } }, after: "${cursor}"`);
  stage.graphql(watching.replace(cursor, shortened(cursor)));
  const again = api.subscribe(watching);
  await tell(stage, again, "UPDATE", { firstname: "Augusta Ada", last_name: "King" });
  await again.close();
}

function changesOf(args: string): string {
  return `subscription {\n  userChanges(${args}) { operation user { firstname last_name } cursor }\n}`;
}

/** Runs and shows a command, and returns what it has printed. */
async function shell(stage: Stage, workshop: Workshop, args: readonly string[], expected = 0): Promise<string> {
  const line = ["eventql", ...args.map((arg) => (/^[\w.,:/-]+$/.test(arg) ? arg : `'${arg}'`))].join(" ");
  stage.command(line);
  const { exitCode, output } = await workshop.run(args);
  stage.output(output);
  if (exitCode !== expected) throw unlike(line, { exitCode, output });
  return output;
}

/** Sends and shows a mutation that has to be projected. */
async function send(stage: Stage, api: Api, args: string, columns = "firstname last_name"): Promise<void> {
  const document = `mutation {\n  userChanged(${args}) {\n    status user { ${columns} }\n  }\n}`;
  stage.graphql(document);
  const answer = await api.ask(document);
  stage.answer(answer.data);
  if (!isLike(answer.data, { userChanged: { status: "PROJECTED" } })) throw unlike(document, answer);
}

/** Shows the next change of a subscription, which has to be as promised, and returns its cursor. */
async function tell(stage: Stage, live: Subscription, operation: string, user: object): Promise<string> {
  const answer: Answer = await live.next();
  const { data, success } = Told.safeParse(answer.data);
  if (!success || !isLike(data.userChanges, { operation, user })) throw unlike(`${operation} of a user`, answer);
  const { cursor, ...shown } = data.userChanges;
  stage.event({ ...shown, cursor: shortened(cursor) });
  return cursor;
}

function shortened(cursor: string): string {
  return `${cursor.slice(0, 8)}…`;
}

function expectText(output: string, part: string): void {
  if (!output.includes(part)) throw unlike(part, output);
}

/** Whether a value has everything that the other one has. */
function isLike(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null) return Object.is(value, wanted);
  if (typeof value !== "object" || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  const isSameLength = !Array.isArray(wanted) || fields.size === wanted.length;
  return isSameLength && Object.entries(wanted).every(([name, part]) => isLike(fields.get(name), part));
}
