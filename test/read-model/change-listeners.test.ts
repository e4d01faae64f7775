import { beforeEach, expect, it, vi } from "vitest";
import { EventQLError } from "../../src/errors.ts";
import { ChangeListeners } from "../../src/read-model/change-listeners.ts";
import type { ChangeListener, DocumentChange } from "../../src/read-model/read-model.ts";
import { type Logger, silentLogger } from "../../src/telemetry/logger.ts";

const error = vi.fn<Logger["error"]>();
let listeners: ChangeListeners;

beforeEach(() => {
  error.mockClear();
  listeners = new ChangeListeners({ ...silentLogger, error });
});

it("tells each change once, though it is offered again, and none of before", () => {
  const seen: string[] = [];
  listeners.add(collecting(seen), "1");
  for (const position of ["0", "1", "2", "3", "2", "3", "4"]) listeners.tell(changeAt(position));
  expect(seen).toStrictEqual(["2", "3", "4"]);
});

it("tells one who came later only of what is after", () => {
  const [first, second]: [string[], string[]] = [[], []];
  listeners.add(collecting(first), "0");
  listeners.tell(changeAt("1"));
  const entry = listeners.add(collecting(second), "3");
  expect(entry.position()).toBe("3");
  for (const position of ["2", "3", "4"]) listeners.tell(changeAt(position));
  expect([first, second]).toStrictEqual([["1", "2", "3", "4"], ["4"]]);
  expect(entry.position()).toBe("4");
});

it("has a position that only grows, and stands at a change while it is told", () => {
  const positions: string[] = [];
  const entry = listeners.add(
    { changed: () => void positions.push(listeners.position, entry.position()), lost: () => {} },
    "1",
  );
  listeners.tell(changeAt("2"));
  listeners.reached("5");
  listeners.reached("4");
  expect([...positions, listeners.position]).toStrictEqual(["2", "2", "5"]);
});

it("tells those who are lost why, once, and nothing more", () => {
  const seen: string[] = [];
  const lost = vi.fn<ChangeListener["lost"]>();
  listeners.add({ ...collecting(seen), lost }, "0");
  const why = new EventQLError("CURSOR_EXPIRED", "gone");
  listeners.lose(why);
  listeners.lose(why);
  listeners.tell(changeAt("1"));
  expect(lost.mock.calls).toStrictEqual([[why]]);
  expect([seen, listeners.size]).toStrictEqual([[], 0]);
});

it("logs a listener that throws, and goes on", () => {
  const seen: string[] = [];
  const fail = (): void => {
    throw new TypeError("a listener that fails");
  };
  listeners.add({ changed: fail, lost: fail }, "0");
  listeners.add(collecting(seen), "0");
  listeners.tell(changeAt("1"));
  listeners.lose(new EventQLError("CURSOR_EXPIRED", "gone"));
  expect(seen).toStrictEqual(["1", "lost"]);
  expect(error).toHaveBeenCalledTimes(2);
});

function collecting(seen: string[]): ChangeListener {
  return { changed: ({ position }) => void seen.push(position), lost: () => void seen.push("lost") };
}

function changeAt(position: string): DocumentChange {
  return { collection: "users", id: "1", operation: "delete", document: undefined, previous: undefined, position };
}
