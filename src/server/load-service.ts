/**
 * Imports a service from its file, with everything that stands beside it: nothing is run that others
 * could have written. Mistakes come back with their places. One loader serves a whole process.
 */
import { extname } from "node:path";

import { type Checked, errorAt, type Problem } from "../config/problem.ts";
import { encodeByteString } from "../os/byte-string.ts";
import { type Place, placeInStack, placeOfDefinition } from "./define-service.ts";
import { readTrustedFile, type TrustedUser, UntrustedFile } from "./file-trust.ts";
import { findProperty, lineAndColumn, offsetOf } from "./property-place.ts";
import { findShapeFaults, type ShapeFault } from "./service-shape.ts";
import type { Service } from "./service.ts";

/** What `import … from "pfmaster"` gives to a service file. */
export type PublicExports = Readonly<Record<string, unknown>>;

/** Other files are not code, or not code that can be looked at. */
const LOADERS: Readonly<Record<string, Bun.Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".js": "js",
  ".mjs": "js",
  ".json": "json",
  ".txt": "text",
};

export class ServiceLoader {
  readonly #user: TrustedUser;
  /** What was imported, by path: messages quote it. */
  readonly #texts = new Map<string, string>();

  constructor(user: TrustedUser, exports: PublicExports) {
    this.#user = user;
    Bun.plugin({
      name: "pfmaster",
      setup: (build) => {
        build.module("pfmaster", () => ({ exports, loader: "object" }));
        // The runtime opens machine code without asking onLoad.
        build.onResolve({ filter: /\.node$/ }, ({ path }) => refuseName(path));
        build.onLoad({ filter: /^(?!\/\$bunfs\/)/ }, ({ path }) => this.#read(path));
      },
    });
  }

  /** The files that were imported so far. */
  get sources(): ReadonlyMap<string, string> {
    return this.#texts;
  }

  /** The value is null when a problem is an error. Its top level is run. */
  async load(path: string): Promise<Checked<Service | null>> {
    const imported = await this.importFile(path);
    if (imported.value === null) return { value: null, problems: imported.problems };
    const { file, module } = imported.value;
    const definition: unknown = module["default"];
    const problems =
      definition === undefined
        ? [placed({ file, line: 1, column: 1 }, NO_DEFAULT)]
        : findShapeFaults(definition).map((fault) => this.#describe(fault, definition, file));
    // A definition without faults has the shape of a service.
    return { value: problems.length > 0 ? null : (definition as Service), problems };
  }

  /** Without running it: nothing is known of its shape then. `owner` is who would run it. */
  checkSyntax(path: string, owner: TrustedUser): Checked<null> {
    try {
      const { path: real, text } = readTrustedFile(path, owner);
      this.#texts.set(real, text);
      new Bun.Transpiler({ loader: "ts" }).transformSync(text);
      return { value: null, problems: [] };
    } catch (error) {
      return { value: null, problems: this.#explain(error, path) };
    }
  }

  async importFile(
    path: string,
  ): Promise<Checked<{ file: string; module: Readonly<Record<string, unknown>> } | null>> {
    try {
      const { path: file } = readTrustedFile(path, this.#user);
      return { value: { file, module: await import(file) }, problems: [] };
    } catch (error) {
      return { value: null, problems: this.#explain(error, path) };
    }
  }

  #read(path: string): { contents: string; loader: Bun.Loader } {
    const loader = LOADERS[extname(path)];
    if (loader === undefined) return refuseName(path);
    const { path: real, text } = readTrustedFile(path, this.#user);
    this.#texts.set(real, text);
    const isData = loader === "json" || loader === "text";
    return { contents: isData || MODULE.test(text) ? text : `${text}\nexport {};`, loader };
  }

  /** At the property where that can be found, else where the service is defined. */
  #describe({ path, message, suggestion }: ShapeFault, definition: unknown, file: string): Problem {
    const call = placeOfDefinition(definition) ?? { file, line: 1, column: 1 };
    const text = this.#texts.get(call.file);
    const offset =
      text === undefined ? null : findProperty(text, offsetOf(text, call.line, call.column), path);
    const place =
      text === undefined || offset === null ? call : { ...call, ...lineAndColumn(text, offset) };
    return placed(place, message, suggestion);
  }

  /** What the runtime throws for a file that it cannot read or run. */
  #explain(error: unknown, path: string): Problem[] {
    if (error instanceof UntrustedFile) return [errorAt(null, encodeByteString(error.message))];
    if (error instanceof AggregateError) {
      return error.errors.flatMap((one) => this.#explain(one, path));
    }
    if (error instanceof BuildMessage || error instanceof ResolveMessage) {
      return [placed(this.#placeOf(error, path), error.message)];
    }
    const thrown = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const place = error instanceof Error ? placeInStack(error.stack ?? "") : null;
    return [placed(place ?? { file: path, line: 1, column: 1 }, `The file fails: ${thrown}`)];
  }

  #placeOf(error: BuildMessage | ResolveMessage, path: string): Place {
    if (error.position !== null) {
      const { file, line, column } = error.position;
      return { file: file.startsWith("/") ? file : path, line, column };
    }
    if (!("specifier" in error)) return { file: path, line: 1, column: 1 };
    const text = this.#texts.get(error.referrer) ?? "";
    const found = ['"', "'"].map((quote) => text.indexOf(quote + error.specifier + quote));
    const offset = Math.max(0, ...found);
    return { file: error.referrer || path, ...lineAndColumn(text, offset) };
  }
}

/** Without one of these a file would pass for the older kind of module, which is not run at all. */
const MODULE = /^\s*(?:import|export)\b/m;

function refuseName(path: string): never {
  const expected = `one of ${Object.keys(LOADERS).join(", ")}`;
  throw new UntrustedFile(`Cannot import "${path}": expected a name that ends in ${expected}`);
}

const NO_DEFAULT = "The file exports no service: expected export default defineService({ … })";

function placed({ file, line, column }: Place, message: string, suggestion?: string): Problem {
  const at = { file: encodeByteString(file), line, column };
  return errorAt(at, encodeByteString(message), suggestion);
}
