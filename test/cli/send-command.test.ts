import { expect, test, vi } from "vitest";
import { type LineTargets, type SentCommand, createLineAppender } from "../../src/cli/line-appender.ts";
import { describeCommand, sendAndWait } from "../../src/cli/send-command.ts";
import type { Appended } from "../../src/command/appender.ts";
import type { Accepted, CommandRequest, Commands } from "../../src/command/commands.ts";
import { EventQLError } from "../../src/errors.ts";
import { TOPIC, openValues, outcomeOf } from "../command/support/values.ts";

const position = { topic: "values.commands", partition: 0, offset: 7 };
const accepted: Accepted = { commandId: "c", topic: TOPIC, id: "a", position, receipt: "r" };
const request: CommandRequest = { kind: "tombstone", aggregate: (await openValues()).aggregate, id: "a" };
const send = vi.fn<Commands["send"]>(async () => await Promise.resolve(accepted));

test("a command is waited for, and told how it ended", async () => {
  const outcome = outcomeOf("c");
  const sent = await sendAndWait({ send, outcome: async () => await Promise.resolve(outcome) }, 5_000)(request);
  const told = { id: "a", commandId: "c", ...position, receipt: "r" };
  const { events, version } = outcome;
  expect(describeCommand(sent, true)).toEqual({ ...told, status: "DECIDED", events, version, transaction: undefined });
  const rejection = { code: "NO", message: "Not now." };
  const refused = { accepted, outcome: outcomeOf("c", { status: "REJECTED", rejection, events: [] }) };
  expect(describeCommand(refused, true)).toEqual({ ...told, status: "REJECTED", rejection });
});

test("nobody is waited for where nobody decides, or nobody should be", async () => {
  const late = new EventQLError("NOT_YET_DECIDED", "no");
  const outcome = vi.fn<Commands["outcome"]>().mockRejectedValue(late);
  const one = sendAndWait({ send, outcome }, 5_000);
  const [first, second] = [await one(request), await one(request)];
  expect(outcome).toHaveBeenCalledOnce();
  expect([describeCommand(first, true), describeCommand(second, false)]).toMatchObject([
    { status: "PENDING" },
    { status: "ACCEPTED" },
  ]);
  outcome.mockClear();
  await sendAndWait({ send, outcome }, 0)(request);
  expect(outcome).not.toHaveBeenCalled();
  outcome.mockRejectedValue(new EventQLError("LIMIT_EXCEEDED", "no"));
  await expect(sendAndWait({ send, outcome }, 1)(request)).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
});

test("a line is a command, or an event, by the type that it names", async () => {
  const { catalog } = await openValues();
  const sent = vi.fn<(of: CommandRequest) => Promise<SentCommand>>();
  sent.mockResolvedValue({ accepted, outcome: undefined });
  const unused = async (): Promise<Appended> => await Promise.reject(new TypeError("the topic is owned"));
  const targets: LineTargets = { send: sent, appender: { append: unused, appendTombstone: unused } };
  const appender = createLineAppender(TOPIC, catalog, targets);
  const line = { key: "a", keyField: undefined };
  await appender.append({ ...line, schema: "ChangeValue", value: { value: 3 } }, { commandId: "c" });
  await appender.append({ ...line, schema: "calculator.ValueAdded", value: { by: 3 } });
  await appender.append({ ...line, schema: undefined, value: null });
  expect(sent.mock.calls.map(([of]) => of)).toMatchObject([
    { kind: "command", commandType: { name: "ChangeValue" }, id: "a", payload: { value: 3 }, commandId: "c" },
    { kind: "event", eventType: { name: "ValueAdded" }, id: "a", payload: { by: 3 } },
    { kind: "tombstone", id: "a" },
  ]);
  await expect(appender.append({ ...line, schema: "Nope", value: {} })).rejects.toThrow(/CreateValue/);
});
