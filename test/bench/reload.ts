/**
 * How long a reload takes with many services. What both masters show alike: the children of the old generation see
 * the end of their status channel (MST-60, MST-61), and a new client of the last service is served.
 */

import { type Benchmark, benchService, BothMasters } from "./benchmark.ts";
import { figuresOf, interleaved } from "./report.ts";

/** Children are held at services from the first to the last: whichever a master treats last is among them or near. */
const HELD = 10;

export const reload: Benchmark = {
  name: "reload",
  run: async (scale, programs) => {
    const names = Array.from({ length: scale.services }, (_, index) => `service${index}`);
    const services = names.map((name) => benchService(name, "hold", 5));
    await using masters = await BothMasters.start({ programs, services });
    const held = Array.from(
      { length: HELD },
      (_, index) => names[Math.round((index * (scale.services - 1)) / (HELD - 1))] ?? "",
    );
    const measure = (side: "postfix" | "pfmaster") => {
      const sockets = held.map((name) => masters.socket(side, name));
      return programs.measure(["reload", String(masters.pid(side)), ...sockets]);
    };
    await interleaved(1, measure);
    const results = await interleaved(scale.rounds, measure);
    return [
      {
        name: `reload ${scale.services} services: old children told`,
        unit: "ms",
        better: "lower",
        figures: figuresOf(results, ([told = Number.NaN]) => told),
      },
      {
        name: `reload ${scale.services} services: next client served`,
        unit: "ms",
        better: "lower",
        figures: figuresOf(results, ([, served = Number.NaN]) => served),
      },
    ];
  },
};
