/** Runs the built binary to its end, as a person would. */
import { PFMASTER } from "./masters.ts";

type Options = Readonly<{
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  /** Words in front of the binary: another user, an emulator. */
  prefix?: readonly string[];
  program?: string;
}>;

export type Ended = Readonly<{ exitCode: number | null; stdout: string; stderr: string }>;

export function runCommand(words: readonly string[], options: Options = {}): Ended {
  const { prefix = [], program = PFMASTER.path } = options;
  const { exitCode, stdout, stderr } = Bun.spawnSync([...prefix, program, ...words], {
    stdin: "ignore",
    env: { PATH: process.env["PATH"] ?? "", ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    timeout: 60_000,
  });
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}
