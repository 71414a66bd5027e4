import { defineService } from "pfmaster";

import { probe } from "./probe.ts";

export default defineService({ ...probe, requires: { processLimit: 1 } });
