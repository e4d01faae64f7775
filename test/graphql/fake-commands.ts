import type { Accepted, CommandRequest, Commands, RuleCommand, Trial } from "../../src/command/commands.ts";
import { EventQLError } from "../../src/errors.ts";
import type { Outcome } from "../../src/model/command.ts";
import type { Position } from "../../src/model/position.ts";
import { encodeCommandReceipt } from "../../src/model/receipt.ts";

/** Commands whose outcomes the test decides. */
export class FakeCommands implements Commands {
  /** Every command that was sent, in order. */
  readonly sent: CommandRequest[] = [];
  /** Every wait for an outcome, in order. */
  readonly asked: { readonly topic: string; readonly commandId: string; readonly timeoutMs: number }[] = [];
  /** What is known by the ids of commands. */
  readonly known: Outcome[] = [];
  /** What becomes of a command; what is thrown is what waiting for it ends with. Default: it is decided, without events. */
  decide: (request: CommandRequest) => Partial<Outcome> = () => ({});
  /** What a dry run says. */
  trial: (request: RuleCommand) => Trial = () => {
    throw new TypeError("the test tries nothing out");
  };
  /** What the next command is refused with. */
  refusal: EventQLError | undefined;
  readonly #requests = new Map<string, { readonly request: CommandRequest; readonly command: Position }>();
  readonly #waiting: PromiseWithResolvers<void>[] = [];

  async send(request: CommandRequest): Promise<Accepted> {
    if (this.refusal !== undefined) throw this.refusal;
    this.sent.push(request);
    const { topic } = request.aggregate;
    const commandId = request.commandId ?? `made-${this.sent.length}`;
    const id = "id" in request ? request.id : undefined;
    const made = request.kind === "command" || request.kind === "event" ? "made-by-the-sender" : undefined;
    const position = { topic: `${topic}.commands`, partition: 0, offset: this.sent.length - 1 };
    const known = this.#requests.get(commandId);
    this.#requests.set(commandId, known ?? { request, command: position });
    return { commandId, topic, id: id ?? made, position, receipt: encodeCommandReceipt(topic, commandId) };
  }

  async outcome({ topic, commandId }: Pick<Accepted, "topic" | "commandId">, timeoutMs: number): Promise<Outcome> {
    this.asked.push({ topic, commandId, timeoutMs });
    const sent = this.#requests.get(commandId);
    if (sent !== undefined) {
      const { request, command } = sent;
      return outcomeOf(topic, commandId, { kind: request.kind, command, ...this.decide(request) });
    }
    for (;;) {
      const known = this.known.find((each) => each.topic === topic && each.commandId === commandId);
      if (known !== undefined) return known;
      const next = Promise.withResolvers<void>();
      this.#waiting.push(next);
      await next.promise;
    }
  }

  async find(commandId: string): Promise<readonly Outcome[]> {
    return this.known.filter((each) => each.commandId === commandId);
  }

  async tryOut(request: RuleCommand): Promise<Trial> {
    return this.trial(request);
  }

  /** Decides on a command that nobody here has sent. */
  tell(topic: string, commandId: string, chosen: Partial<Outcome> = {}): void {
    this.known.push(outcomeOf(topic, commandId, chosen));
    for (const waiting of this.#waiting.splice(0)) waiting.resolve();
  }

  /** Ends all waits for outcomes with an error. */
  fail(error: EventQLError): void {
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
  }

  async close(): Promise<void> {}
}

function outcomeOf(topic: string, commandId: string, chosen: Partial<Outcome>): Outcome {
  return {
    commandId,
    kind: "command",
    type: "",
    topic,
    id: undefined,
    command: { topic: `${topic}.commands`, partition: 0, offset: 0 },
    status: "DECIDED",
    rejection: undefined,
    events: [],
    version: undefined,
    transaction: undefined,
    decidedAt: Date.parse("2024-05-17T10:00:00Z"),
    ...chosen,
  };
}
