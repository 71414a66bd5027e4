/** As process 1 we inherit the children of others and must collect them (design D2). */
import { startTimer } from "../os/clock.ts";
import { peekDeadChild, reap } from "../os/process.ts";

const AGAIN_SECONDS = 0.1;

/** `isOurs`: a child that the runtime collects itself and reports; it must not be taken away. */
export function adoptOrphans(isOurs: (pid: number) => boolean): void {
  const collect = () => {
    for (let pid = peekDeadChild(); pid !== null; pid = peekDeadChild()) {
      // Ours stands in front of the queue until the runtime has collected it: look again later.
      if (isOurs(pid)) return void startTimer(AGAIN_SECONDS, collect);
      reap(pid);
    }
  };
  process.on("SIGCHLD", collect);
  collect();
}
