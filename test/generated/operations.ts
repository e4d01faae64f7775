/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedQueryDocumentNode as DocumentNode } from 'graphql';
/** What a change means to one who follows a `where`. */
export type ChangeOperation =
  /** It is gone. */
  | 'DELETE'
  /** It is new. */
  | 'INSERT'
  /** It has changed and doesn't match any more. Only told where previous documents are kept. */
  | 'LEAVE'
  /** The documents are made anew: what was told before counts no more, and those that there are follow as `SNAPSHOT`. */
  | 'RESET'
  /** It was there when the subscription began, or at the last `RESET`. */
  | 'SNAPSHOT'
  /** It has changed; it may not have matched before. */
  | 'UPDATE';

/** How far a mutation's event has come when the mutation returns. */
export type CommandStatus =
  /** The command is taken; nothing is decided yet. */
  | 'ACCEPTED'
  /** The event is stored durably; queries may not show it yet. */
  | 'APPENDED'
  /** The event is stored, but could not be applied to its document: see the dead letters. */
  | 'DEAD_LETTERED'
  /** The command is decided and its events are stored durably. */
  | 'DECIDED'
  /** The event is stored durably, but queries did not show it in time. Don't repeat the mutation: query with its receipt. */
  | 'PENDING'
  /** Queries show the event. */
  | 'PROJECTED'
  /** The command was refused; nothing is stored. */
  | 'REJECTED';

/** A user was added or changed. */
export type UserChangedInput = {
  /** Given name. */
  readonly first_name: string;
  /** Family name. */
  readonly last_name: string;
};

export type UsersByIdQueryVariables = Exact<{
  ids: ReadonlyArray<string>;
}>;


export type UsersByIdQuery = { readonly users: ReadonlyArray<{ readonly id: string, readonly firstname: string, readonly last_name: string, readonly email: string | null }> };

export type ChangeUserMutationVariables = Exact<{
  id: string;
  input: UserChangedInput;
}>;


export type ChangeUserMutation = { readonly userChanged: { readonly id: string, readonly status: CommandStatus } };

export type FollowUsersSubscriptionVariables = Exact<{
  ids: ReadonlyArray<string>;
}>;


export type FollowUsersSubscription = { readonly userChanges: { readonly operation: ChangeOperation, readonly id: string, readonly cursor: string, readonly user: { readonly firstname: string, readonly last_name: string } | null } };


export const UsersByIdDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"UsersById"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"ids"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"users"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"id"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"in"},"value":{"kind":"Variable","name":{"kind":"Name","value":"ids"}}}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"firstname"}},{"kind":"Field","name":{"kind":"Name","value":"last_name"}},{"kind":"Field","name":{"kind":"Name","value":"email"}}]}}]}}]} as unknown as DocumentNode<UsersByIdQuery, UsersByIdQueryVariables>;
export const ChangeUserDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"ChangeUser"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"UserChangedInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"userChanged"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}},{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}}]}}]} as unknown as DocumentNode<ChangeUserMutation, ChangeUserMutationVariables>;
export const FollowUsersDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"FollowUsers"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"ids"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"userChanges"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"where"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"id"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"in"},"value":{"kind":"Variable","name":{"kind":"Name","value":"ids"}}}]}}]}},{"kind":"Argument","name":{"kind":"Name","value":"snapshot"},"value":{"kind":"BooleanValue","value":true}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operation"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"user"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"firstname"}},{"kind":"Field","name":{"kind":"Name","value":"last_name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"cursor"}}]}}]}}]} as unknown as DocumentNode<FollowUsersSubscription, FollowUsersSubscriptionVariables>;