import { AssertionError, deepStrictEqual } from "node:assert";
import type { DecideContext, Decider, NewEvent, Rejection, State } from "../model/decider.ts";
import type { Payload } from "../model/value.ts";

/** What a key's document is, as a world keeps it. */
export interface Reached {
  /** Undefined: there is none. */
  readonly state: State | undefined;
}

/** How events are stored and folded where rules are tested. */
export interface World<Place extends Reached> {
  at(state: State | undefined): Place;
  /** @throws EventQLError `EVENT_INVALID` where the event can't be folded. */
  fold(place: Place, event: NewEvent): Place;
  /** An event as it is read back. @throws EventQLError `EVENT_INVALID` where its schema can't hold it. */
  stored(event: NewEvent): NewEvent;
  /** A command as its rule is given it. @throws EventQLError `EVENT_INVALID` where its schema can't hold it. */
  command(type: string, payload: Payload): Payload;
}

/** A specification whose types are known to fit. */
export interface AnySpecification {
  given(...events: readonly NewEvent[]): AnyGiven;
  givenState(state: State | undefined): AnyGiven;
}

interface AnyGiven {
  when(type: string, payload: Payload, context?: Partial<DecideContext>): AnyDecided;
  thenState(state: State | undefined): AnyGiven;
}

interface AnyDecided {
  then(...events: readonly NewEvent[]): AnyDecided;
  thenNothing(): AnyDecided;
  thenRejected(code: string, message?: string): AnyDecided;
  thenState(state: State | undefined): AnyDecided;
}

/** Begins tests of a decider's rules in a world. */
export function beginsAt<Place extends Reached>(decider: Decider, world: World<Place>): AnySpecification {
  return {
    given: (...events) => {
      const place = events.reduce((before, event) => world.fold(before, event), world.at(undefined));
      return given(decider, world, place, place.state === undefined ? undefined : events.length - 1);
    },
    givenState: (state) => given(decider, world, world.at(state), state === undefined ? undefined : 0),
  };
}

function given<Place extends Reached>(
  decider: Decider,
  world: World<Place>,
  place: Place,
  version: number | undefined,
): AnyGiven {
  return {
    when: (type, payload, context) => {
      const rule = Object.hasOwn(decider.decide, type) ? decider.decide[type] : undefined;
      if (rule === undefined) throw new TypeError(`The decider of ${decider.aggregate} has no rule decide.${type}.`);
      const known = { id: "id", version, commandId: "command", now: new Date("2020-01-01T00:00:00.000Z"), ...context };
      const outcome = rule(place.state, world.command(type, payload), known);
      return new Decided(
        world,
        place,
        type,
        isRejection(outcome) ? outcome : outcome.map((each) => world.stored(each)),
      );
    },
    thenState(state) {
      expectEqual("The events lead to another state than expected", place.state, state);
      return this;
    },
  };
}

class Decided<Place extends Reached> implements AnyDecided {
  readonly #world: World<Place>;
  readonly #before: Place;
  readonly #command: string;
  readonly #outcome: Rejection | readonly NewEvent[];

  constructor(world: World<Place>, before: Place, command: string, outcome: Rejection | readonly NewEvent[]) {
    this.#world = world;
    this.#before = before;
    this.#command = command;
    this.#outcome = outcome;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- given, when, then: what is awaited by mistake fails
  then(...events: readonly NewEvent[]): this {
    const expected = events.map((event) => this.#world.stored(event));
    expectEqual(`${this.#command} leads to other events than expected`, this.#outcome, expected);
    return this;
  }

  thenNothing(): this {
    expectEqual(`${this.#command} leads to events, and none are expected`, this.#outcome, []);
    return this;
  }

  thenRejected(code: string, message?: string): this {
    const outcome = this.#outcome;
    const actual = isRejection(outcome) && message === undefined ? { rejected: outcome.rejected } : outcome;
    const expected = message === undefined ? { rejected: code } : { rejected: code, message };
    expectEqual(`${this.#command} ends otherwise than by the expected refusal`, actual, expected);
    return this;
  }

  thenState(state: State | undefined): this {
    const events = isRejection(this.#outcome) ? [] : this.#outcome;
    const after = events.reduce((place, event) => this.#world.fold(place, event), this.#before);
    expectEqual(`${this.#command} leads to another state than expected`, after.state, state);
    return this;
  }
}

function isRejection(outcome: Rejection | readonly NewEvent[]): outcome is Rejection {
  return "rejected" in outcome;
}

function expectEqual(title: string, actual: unknown, expected: unknown): void {
  try {
    deepStrictEqual(actual, expected);
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error;
    // Node shows the difference behind a message of one's own.
    throw new AssertionError({ message: `${title}.`, actual, expected, operator: "deepStrictEqual" });
  }
}
