/** Types of the events, commands and aggregates, written by eventql codegen: run it again in place of editing. */

/** A document of topic a.b. A column that may be null is absent until an event sets it. */
export type ADotB = {
  /** The key of its events. */
  readonly _id: string;
  readonly text: string;
};

/** An event of ADotB. */
export type ADotBEvent = { readonly type: "ABQuery"; readonly payload: ABQuery };

export type ABQuery = {
  readonly text: string;
};

/** A document of topic a_b. A column that may be null is absent until an event sets it. */
export type AUnderscoreB = {
  /** The key of its events. */
  readonly _id: string;
  readonly text: string;
};

/** An event of AUnderscoreB. */
export type AUnderscoreBEvent = { readonly type: "Other"; readonly payload: Other };

export type Other = {
  readonly text: string;
};

/** A document of topic clickstream-users. A column that may be null is absent until an event sets it. */
export type ClickstreamUser = {
  /** The key of its events. */
  readonly _id: string;
  readonly page: string;
  readonly where: ClickstreamUsersAddress;
};

/** An event of ClickstreamUser. */
export type ClickstreamUserEvent = { readonly type: "ClickstreamUsersUser"; readonly payload: ClickstreamUsersUser };

export type ClickstreamUsersUser = {
  readonly page: string;
  readonly where: ClickstreamUsersAddress;
};

/** A document of topic news. A column that may be null is absent until an event sets it. */
export type News = {
  /** The key of its events. */
  readonly _id: string;
  readonly title: string;
};

/** An event of News. */
export type NewsEvent = { readonly type: "Published"; readonly payload: Published };

export type Published = {
  readonly title: string;
};

/** A document of topic people. A column that may be null is absent until an event sets it. */
export type Person = {
  /** The key of its events. */
  readonly _id: string;
  readonly age?: number | null;
  readonly name?: string | null;
  readonly where?: PeopleAddress | null;
};

/** An event of Person. */
export type PersonEvent =
  { readonly type: "AChanged"; readonly payload: AChanged } | { readonly type: "BChanged"; readonly payload: BChanged };

export type AChanged = {
  readonly name: string;
  readonly where: PeopleAddress;
};

export type BChanged = {
  readonly age: number;
};

/** A document of topic users. A column that may be null is absent until an event sets it. */
export type User = {
  /** The key of its events. */
  readonly _id: string;
  readonly name: string;
};

/** An event of User. */
export type UserEvent = { readonly type: "UsersUser"; readonly payload: UsersUser };

export type UsersUser = {
  readonly name: string;
};

/** A document of topic 2fa.codes. A column that may be null is absent until an event sets it. */
export type _2faCode = {
  /** The key of its events. */
  readonly _id: string;
  readonly code: string;
};

/** An event of _2faCode. */
export type _2faCodeEvent = { readonly type: "Sent"; readonly payload: Sent };

export type Sent = {
  readonly code: string;
};

export type ClickstreamUsersAddress = {
  readonly url: string;
};

export type PeopleAddress = {
  readonly city: string;
};
