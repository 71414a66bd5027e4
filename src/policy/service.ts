/** What the master knows about one service, what can happen to it, and what it may order. */

/** Replaced on every event, never changed in place. Plain data: it can be written to a file. */
export type Service = Readonly<{
  /** 0 means no limit. */
  processLimit: number;
  /** Has the `stress=` slot: reachable from outside, with a limit above 1 (SVC-45). */
  stressAware: boolean;
  /** 0 means never. */
  wakeupSeconds: number;
  throttleInitialSeconds: number;
  throttleMaximumSeconds: number;
  /** Children alive, of every generation. */
  total: number;
  /** Those among them that only finish their clients: up to a limit's worth takes no slot. */
  retiring: number;
  /** Children believed to be waiting for a client. */
  idle: number;
  /** We have asked to be told when a client waits. */
  listening: boolean;
  throttled: boolean;
  /** How long the next throttle lasts. */
  nextThrottleSeconds: number;
  /** A conditional wakeup still waits for the first child (SVC-28). */
  wakeupAwaitsChild: boolean;
  /** Stress mode lasts until this time (MST-73); null before the last slot was ever used. */
  stressUntilSeconds: number | null;
  lastBusyWarningSeconds: number | null;
  /** Removed from the configuration; only its children are still waited for. */
  leaving: boolean;
}>;

/** The part of a service that its master.cf entry and main.cf decide. */
export type ServiceSettings = Readonly<
  Pick<
    Service,
    | "processLimit"
    | "stressAware"
    | "wakeupSeconds"
    | "throttleInitialSeconds"
    | "throttleMaximumSeconds"
  > & { wakeupConditional: boolean }
>;

/** What can happen. Stale, repeated and lying status records never get here (status-record.ts). */
export type ServiceEvent =
  | { type: "activated" }
  | { type: "client-waiting" }
  | { type: "child-spawned" }
  | { type: "spawn-failed" }
  | { type: "child-taken" }
  /** A child finished a request and waits for the next client. */
  | { type: "child-idle" }
  /** A child accepts nobody any more and finishes its clients (design D17). */
  | { type: "child-retiring"; wasIdle: boolean }
  | { type: "child-exited"; wasIdle: boolean; wasRetiring: boolean; badStart: boolean }
  | { type: "throttle-expired" }
  | { type: "wakeup-due" }
  | { type: "kill-delay-expired" }
  /**
   * The configuration was read again. `changed`: this entry differs from before. A service that
   * was removed and comes back before its last child is gone is revived by this.
   */
  | { type: "reconfigured"; settings: ServiceSettings; changed: boolean }
  | { type: "removed"; killDelaySeconds: number }
  /** Its work is done: its children leave at their convenience, and nothing is started any more. */
  | { type: "finished" };

export type TimerName = "throttle" | "wakeup" | "kill";

/** What the master must do next, in this order. */
export type Effect =
  | { type: "watch-listener"; on: boolean }
  | { type: "spawn-child"; stress: boolean }
  /**
   * Open a channel for the children to come. Those on the one before, if there is one, see end of
   * file and leave at their convenience (MST-59 to MST-61).
   */
  | { type: "renew-status-channel" }
  | { type: "close-status-channel" }
  | { type: "send-trigger" }
  /** Replaces a running timer of that name (MST-102). */
  | { type: "start-timer"; timer: TimerName; seconds: number }
  | { type: "cancel-timer"; timer: TimerName }
  | { type: "report-busy"; limit: number }
  | { type: "report-throttle"; seconds: number }
  /** SIGTERM to every child that is alive now, and mark it as dismissed. */
  | { type: "terminate-children" }
  /** SIGKILL to every dismissed child that is still alive: others came after a revival. */
  | { type: "kill-children" }
  /** The last child of a removed service is gone: forget it. */
  | { type: "forget" };
