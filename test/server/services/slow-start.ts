/** Takes its time before it accepts anybody. */
import { defineService } from "pfmaster";

import { probe } from "./probe.ts";

export default defineService({ ...probe, beforeJail: () => Bun.sleep(300) });
