/** A service as the running master holds it: its policy state and the kernel objects behind it. */
import type { Endpoint, ServicePlan } from "../config/service-entry.ts";
import type { Timer } from "../os/clock.ts";
import type { ProcessHandle } from "../os/process-handle.ts";
import type { Child } from "../policy/child.ts";
import type { Service, TimerName } from "../policy/service.ts";
import type { ThrottleFacts } from "../policy/throttle-report.ts";
import type { ChildStderr } from "./child-stderr.ts";
import type { Generation } from "./generation.ts";

export type Listener = Readonly<{ endpoint: Endpoint; fd: number }>;

/** Owned and changed by the supervisor alone. */
export type LiveService = {
  plan: ServicePlan;
  state: Service;
  listeners: readonly Listener[];
  /** Null until a child is started, and again when those that share it were asked to leave. */
  generation: Generation | null;
  readonly timers: Map<TimerName, Timer>;
  /** Made with the first child; null when child_stderr is not "log". */
  stderr: ChildStderr | null;
  /** What went wrong last: a throttle record explains itself with it. */
  failure: Omit<ThrottleFacts, "delaySeconds"> | null;
};

export type LiveChild = {
  facts: Child;
  readonly service: LiveService;
  readonly generation: Generation;
  readonly handle: ProcessHandle;
};
