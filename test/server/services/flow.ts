import { defineService } from "pfmaster";

import { probe } from "./probe.ts";

export default defineService({ ...probe, flowControl: true });
