/** The same main.cf through the installed postconf(1) and through us: the same values, the same refusals. */
import { describe, expect, test } from "bun:test";

import { parseMainCf } from "../../src/config/main-cf.ts";
import { parameterLines } from "../../src/config/parameter-lines.ts";
import { PARAMETERS } from "../../src/config/parameters.ts";
import { hasErrors } from "../../src/config/problem.ts";
import { ASKED_NAMES, generateMainCf } from "./main-cf-generator.ts";
import { askPostconf, forEach, postconfHost, withoutPostconf } from "./postconf.ts";
import { seededRandom } from "./service-file-generator.ts";

const SEED = Number(process.env["DIFFERENTIAL_SEED"] ?? 5);
const FILES = Number(process.env["DIFFERENTIAL_CASES"] ?? 400);
const AT_ONCE = 48;
const TIMEOUT_MILLISECONDS = 120_000;
/** Without it postconf makes a default from the interfaces. */
const NETWORKS = "mynetworks = 127.0.0.0/8\n";

/** Of this host or release, or unknown to Postfix 3.7: maillog_file_permissions came with 3.9 (MCF-95). */
const NOT_COMPARED = [
  ...["config_directory", "process_id", "mail_version", "mail_release_date", "daemon_directory"],
  "maillog_file_permissions",
];
const COMPARED = [...PARAMETERS.values()]
  .filter(({ name, origin }) => origin === "postfix" && !NOT_COMPARED.includes(name))
  .map(({ name }) => name);

type Outcome = Readonly<{ refused: boolean; lines: readonly string[] }>;

function ours(mainCf: string, names: readonly string[], expanded = true): Outcome {
  const parsed = parseMainCf(mainCf, "/etc/mail/main.cf");
  const wanted = { names, expanded, defaults: false, onlySet: false, onlyValues: false };
  const { value, problems } = parameterLines(parsed.value, postconfHost, wanted);
  const refused = hasErrors([...parsed.problems, ...problems]);
  return { refused, lines: refused ? [] : value };
}

async function theirs(mainCf: string, names: readonly string[], flags = ["-x"]): Promise<Outcome> {
  const { refused, lines } = await askPostconf({ mainCf }, [...flags, ...names]);
  return { refused, lines: refused ? [] : lines };
}

describe.skipIf(withoutPostconf())("compared with the installed postconf", () => {
  test("has the same raw defaults", async () => {
    expect(ours(NETWORKS, COMPARED, false)).toEqual(await theirs(NETWORKS, COMPARED, []));
  });

  test.each([
    ["nothing is set", ""],
    ["a compatibility level is set", "compatibility_level = 3.6"],
    ["names of the host are set", "myhostname = a.example.org\nmulti_instance_name = postfix-b"],
    ["only the domain is set", "mydomain = example.org"],
    ["the host name refers to the domain", "myhostname = a.$mydomain"],
    ["the domain refers to the host name", "mydomain = $myhostname"],
    ["the domain refers to the host name through another", "mydomain = $myorigin"],
    ["names of the host are empty", "myhostname =\nmydomain ="],
    ["the program's own names are set", "process_name = x\nservice_name = y"],
    ["a reference is to a default", "mail_name = ${syslog_name}+$process_name+$inet_protocols"],
    ["values have runs of blanks", "mail_name = a  b\t \r c \v d\n  \f e ${no_such:  x  }"],
    ["bytes are no UTF-8", "mail_name = \xe9\xff ${{\xe9} > {z}}"],
    ["a line ends at a NUL byte", "mail_name = a\0b\n c\nmyorigin = x"],
    ["a name is given twice", "mail_name = a\nmail_name = b$mail_owner"],
    ["a name has odd characters", "m-\xe9.x = a\nmail_name = $m-${m}"],
  ])("shows every value the same when %s", async (_, text) => {
    const mainCf = `${NETWORKS}${text}\n`;
    expect(ours(mainCf, COMPARED)).toEqual(await theirs(mainCf, COMPARED));
  });

  test.each(chains([98, 99, 100, 101, 102]))(
    "follows as many references inside each other: %d",
    async (_, mainCf) => {
      expect(ours(mainCf, ["mail_name"])).toEqual(await theirs(mainCf, ["mail_name"]));
    },
  );

  test(
    `agrees about ${FILES} generated files (seed ${SEED})`,
    async () => {
      const random = seededRandom(SEED);
      const files = Array.from({ length: FILES }, (_, index) =>
        generateMainCf(random, index % 2 === 0),
      );
      const pairs = await forEach(files, AT_ONCE, async (mainCf) => ({
        mainCf,
        postconf: await theirs(mainCf, ASKED_NAMES),
        pfmaster: ours(mainCf, ASKED_NAMES),
      }));
      const differences = pairs.filter(
        ({ postconf, pfmaster }) => !Bun.deepEquals(postconf, pfmaster),
      );
      expect(differences.slice(0, 3)).toEqual([]); // a diff of many takes minutes
      const refused = pairs.filter(({ postconf }) => postconf.refused).length;
      expect(refused).toBeGreaterThan(FILES / 10); // enough of both kinds
      expect(refused).toBeLessThan((FILES * 2) / 3);
    },
    TIMEOUT_MILLISECONDS,
  );
});

/** `a0` refers to `a1` and so on; the last one is text. */
function chains(lengths: readonly number[]): [number, string][] {
  return lengths.map((length) => {
    const links = Array.from({ length }, (_, index) => `a${index} = $a${index + 1}\n`);
    return [length, `${NETWORKS}mail_name = $a0\n${links.join("")}a${length} = end\n`];
  });
}
