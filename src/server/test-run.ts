/** The tests of one file, one after the other. Prints nothing. */

type Test = Readonly<{ name: string; run: () => void | Promise<void> }>;

/** `error` is null when the test passed. */
export type TestResult = Readonly<{ name: string; error: unknown; seconds: number }>;

export class TestRun {
  readonly #tests: Test[] = [];
  readonly #limitSeconds: number;

  constructor({ limitSeconds }: { limitSeconds: number }) {
    this.#limitSeconds = limitSeconds;
  }

  /** Takes the place of `test` in the public module. */
  readonly register = (name: string, run: Test["run"]): void => {
    this.#tests.push({ name, run });
  };

  async *run(): AsyncGenerator<TestResult> {
    for (const { name, run } of this.#tests) {
      const began = performance.now();
      const error = await this.#failureOf(run);
      yield { name, error, seconds: (performance.now() - began) / 1000 };
    }
  }

  async #failureOf(run: Test["run"]): Promise<unknown> {
    const late = Promise.withResolvers<never>();
    const reason = `the test took more than ${this.#limitSeconds} s`;
    const timer = setTimeout(() => late.reject(new Error(reason)), this.#limitSeconds * 1000);
    try {
      await Promise.race([Promise.try(run), late.promise]);
      return null;
    } catch (error) {
      return error ?? new Error("the test threw nothing");
    } finally {
      clearTimeout(timer);
    }
  }
}
