/** The text of the files that `pfmaster new` writes. Writes nothing. */
import { version } from "../protocol/version.ts";
import * as declarationsModule from "../server/public-module.ts" with { type: "text" };
import * as serviceModule from "../server/service.ts" with { type: "text" };
import testText from "./templates/service-test.txt" with { type: "text" };
import serviceText from "./templates/service.txt" with { type: "text" };

/** For the editor: made of the very sources that this binary was built from. */
export function declarations(): string {
  const body = [serviceModule, declarationsModule]
    .map((module) =>
      textOf(module)
        .replace(/^import [^;]*;\n/gm, "")
        .replace(/^export declare /gm, "export "),
    )
    .join("\n")
    .replace(/^(?=.)/gm, "  ");
  return `/// <reference lib="esnext" />\n// Written by pfmaster ${version}: what a service file imports. Do not edit.\ndeclare module "pfmaster" {\n${body}}\n`;
}

export function serviceFile(name: string): string {
  return filled(serviceText, name);
}

export function testFile(name: string): string {
  return filled(testText, name);
}

/** Parameters have no hyphens in their names. */
function filled(template: string, name: string): string {
  const prefix = name.replaceAll(/[^A-Za-z0-9_]/g, "_");
  return template.replaceAll("NAME", name).replaceAll("PREFIX", prefix);
}

/** TypeScript sees a module where the bundler puts its text. */
function textOf(module: object): string {
  const text: unknown = "default" in module ? module.default : null;
  if (typeof text !== "string") throw new Error("expected the text of a source file");
  return text;
}
