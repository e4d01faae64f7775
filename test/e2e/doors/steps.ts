/** Rows that are there when the subscriptions begin, beside `ann` and `bob`. */
export const MORE_ROWS: string = `mutation {
  ${userChanged("amy", "Amy", "ann")}
  cat: ${userChanged("cat", "foreign", "cat")}
  dan: ${userChanged("dan", "foreign", "dan")}
  ${accountOpened("mine", "ann")}
}`;

/** What happens while they run, a step after the other. */
export const STEPS: readonly string[] = [
  userChanged("ann", "Augusta", "ann"),
  'userEmailChanged(id: "ann", input: { email: "augusta@own" }) { status }',
  userChanged("bob", "foreign 2", "bob"),
  'userDeactivated(id: "bob", input: { deactivated_at: "2025-01-01T00:00:00Z" }) { status }',
  // A row of somebody else becomes ann's, and somebody else's again.
  userChanged("cat", "Cat", "ann"),
  userChanged("cat", "foreign 3", "cat"),
  userChanged("cat", "foreign 4", "cat"),
  'deleteUser(id: "cat") { status }',
  'deleteUser(id: "dan") { status }',
  'deleteUser(id: "amy") { status }',
  userChanged("eve", "foreign 5", "eve"),
  userChanged("fay", "Fay", "ann"),
  accountOpened("own", "ann"),
  accountOpened("foreign", "foreign"),
  accountOpened("moved", "ann"),
  accountOpened("moved", "foreign"),
  'deleteAccount(id: "moved") { status }',
  'deleteAccount(id: "mine") { status }',
  accountOpened("own", "ann"),
  userChanged("ann", "Ada", "ann"),
];

/** The users' changes to who may see all: operation, key, first name, and the first name before. */
export const ALL_USERS = [
  ["SNAPSHOT", "amy", "Amy", null],
  ["SNAPSHOT", "ann", "Ada", null],
  ["SNAPSHOT", "bob", "foreign", null],
  ["SNAPSHOT", "cat", "foreign", null],
  ["SNAPSHOT", "dan", "foreign", null],
  ["UPDATE", "ann", "Augusta", "Ada"],
  ["UPDATE", "ann", "Augusta", "Augusta"],
  ["UPDATE", "bob", "foreign 2", "foreign"],
  ["UPDATE", "bob", "foreign 2", "foreign 2"],
  ["UPDATE", "cat", "Cat", "foreign"],
  ["UPDATE", "cat", "foreign 3", "Cat"],
  ["UPDATE", "cat", "foreign 4", "foreign 3"],
  ["DELETE", "cat", null, "foreign 4"],
  ["DELETE", "dan", null, "foreign"],
  ["DELETE", "amy", null, "Amy"],
  ["INSERT", "eve", "foreign 5", null],
  ["INSERT", "fay", "Fay", null],
  ["UPDATE", "ann", "Ada", "Augusta"],
] as const;

/** The same to who may see the rows of ann: nothing of the others, not even that they are deleted. */
export const OWN_USERS = [
  ["SNAPSHOT", "amy", "Amy", null],
  ["SNAPSHOT", "ann", "Ada", null],
  ["UPDATE", "ann", "Augusta", "Ada"],
  ["UPDATE", "ann", "Augusta", "Augusta"],
  // What it was before is somebody else's, and what it becomes afterwards too.
  ["UPDATE", "cat", "Cat", null],
  ["LEAVE", "cat", null, "Cat"],
  ["DELETE", "amy", null, "Amy"],
  ["INSERT", "fay", "Fay", null],
  ["UPDATE", "ann", "Ada", "Augusta"],
] as const;

/** The same by what `last_name: "cat"` lets through. */
export const CAT_USERS = [
  ["SNAPSHOT", "cat", "foreign", null],
  ["LEAVE", "cat", null, "foreign"],
  ["UPDATE", "cat", "foreign 3", "Cat"],
  ["UPDATE", "cat", "foreign 4", "foreign 3"],
  ["DELETE", "cat", null, "foreign 4"],
] as const;

/** The accounts' changes: operation, key, owner; no previous documents are kept. */
export const ALL_ACCOUNTS = [
  ["SNAPSHOT", "foreign", "foreign", null],
  ["SNAPSHOT", "lent", "bob", null],
  ["SNAPSHOT", "mine", "ann", null],
  ["SNAPSHOT", "own", "ann", null],
  ["UPDATE", "own", "ann", null],
  ["UPDATE", "foreign", "foreign", null],
  ["INSERT", "moved", "ann", null],
  ["UPDATE", "moved", "foreign", null],
  ["DELETE", "moved", null, null],
  ["DELETE", "mine", null, null],
  ["UPDATE", "own", "ann", null],
] as const;

/** Where they aren't, nobody knows whose a row was: that it leaves the filter, or is deleted, isn't told. */
export const OWN_ACCOUNTS: readonly unknown[] = ALL_ACCOUNTS.filter(
  ([, , owner]) => owner === "ann" || owner === "bob",
);

/** The users' events by key, in their order, with the e-mail addresses in them. */
export const USER_EVENTS = [
  ["UserTombstone", "amy"],
  ["UserChanged", "ann"],
  ["UserEmailChanged", "ann", "augusta@own"],
  ["UserChanged", "ann"],
  ["UserChanged", "bob"],
  ["UserDeactivated", "bob"],
  ["UserChanged", "cat"],
  ["UserChanged", "cat"],
  ["UserChanged", "cat"],
  ["UserTombstone", "cat"],
  ["UserTombstone", "dan"],
  ["UserChanged", "eve"],
  ["UserChanged", "fay"],
] as const;

/** The accounts' events, the same way. */
export const ACCOUNT_EVENTS = [
  ["AccountOpened", "foreign"],
  ["AccountTombstone", "mine"],
  ["AccountOpened", "moved"],
  ["AccountOpened", "moved"],
  ["AccountTombstone", "moved"],
  ["AccountOpened", "own"],
  ["AccountOpened", "own"],
] as const;

function userChanged(id: string, first: string, last: string): string {
  return `userChanged(id: "${id}", input: { first_name: "${first}", last_name: "${last}" }) { status }`;
}

function accountOpened(id: string, owner: string): string {
  return `accountOpened(id: "${id}", input: { owner: "${owner}", balance: 7, pin: "hidden" }) { status }`;
}
