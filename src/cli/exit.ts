/** What the exit status of a command for people means: sysexits(3), and LSB for `status`. */
export const ExitCode = {
  ok: 0,
  /** `test`: some tests do not pass. */
  failed: 1,
  /** The command was called in a way it does not know (EX_USAGE). */
  usage: 64,
  /** A configuration file is missing or cannot be read (EX_NOINPUT). */
  noInput: 66,
  /** Something needed from the system was refused (EX_OSERR). */
  system: 71,
  /** The configuration has errors (EX_CONFIG). */
  configuration: 78,
  /** Nobody reads our output any more: what a shell shows for SIGPIPE. */
  brokenPipe: 141,
} as const;

/** `status` alone: the numbers of the LSB for init scripts. */
export const StatusExitCode = {
  running: 0,
  deadWithPidFile: 1,
  notRunning: 3,
  unknown: 4,
} as const;

/** Ends a command. The message goes to standard error as it is, after the program's name. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
