/** The constants of the specification above 10 s, and the test that shows each without waiting. */
export type LongConstant = Readonly<{
  constant: string;
  source: string;
  shownBy: string;
  how: "faketime" | "clock as an event" | "shorter value";
}>;

export const LONG_CONSTANTS: readonly LongConstant[] = [
  {
    constant: "stress mode lasts 1000 s after the last slot was used",
    source: "MST-73, MST-74",
    shownBy: "test/blackbox/stress.test.ts",
    how: "faketime",
  },
  {
    constant: "the busy warning comes at most every 1000 s",
    source: "MST-75",
    shownBy: "test/blackbox/stress.test.ts",
    how: "faketime",
  },
  {
    constant: "stress mode and busy warning, every case",
    source: "MST-73 to MST-75",
    shownBy: "test/policy/stress.test.ts",
    how: "clock as an event",
  },
  {
    constant: "a trigger connection is held for 101 s",
    source: "MST-108",
    shownBy: "test/blackbox/long-waits.test.ts",
    how: "faketime",
  },
  {
    constant: "-w waits 100 s (the original; pfmaster's poll(2) is out of faketime's reach)",
    source: "MST-135",
    shownBy: "test/blackbox/long-waits.test.ts",
    how: "faketime",
  },
  {
    constant: "the watchdog ends a master that was stuck for 1000 s",
    source: "MST-128",
    shownBy: "test/os/readiness.test.ts",
    how: "shorter value",
  },
  {
    constant: "a throttle of up to service_throttle_time, 60 s by default",
    source: "MST-90",
    shownBy: "test/policy/throttle.test.ts",
    how: "clock as an event",
  },
];
