/** Told of the exit code of a command that ended by itself. */
export type OnExitCode = (code: number) => void;
