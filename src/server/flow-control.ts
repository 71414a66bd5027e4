/** One token of the mail system's flow pipe for each connection (PRO-21 to PRO-24, MUL-78). */
import { fstatSync, readSync } from "node:fs";

import { throwSystemError } from "../os/system-error.ts";
import { FLOW_READ_FD, FLOW_WRITE_FD } from "../protocol/descriptors.ts";
import { attempt } from "./child-failure.ts";

/** PRO-21: a consumer must have the other end too. */
export function requireFlowPipe(): void {
  for (const fd of [FLOW_READ_FD, FLOW_WRITE_FD]) {
    attempt(`use descriptor ${fd}`, "the flow-control pipe of a master", () => {
      try {
        fstatSync(fd);
      } catch (error) {
        throwSystemError(error);
      }
    });
  }
}

/** False when there is none now: more mail comes in than goes out. */
export function takeFlowToken(): boolean {
  try {
    return readSync(FLOW_READ_FD, new Uint8Array(1)) === 1;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EAGAIN") return false;
    return throwSystemError(error);
  }
}
