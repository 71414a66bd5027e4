/** master_service_disable: which entries count as absent (SVC-53 to SVC-58). Knows no entry's fields. */

/** The pattern list is read once; the answer is asked for every entry. */
export function serviceDisabler(patternList: string): (name: string, transport: string) => boolean {
  const patterns = patternList
    .split(/[, \t\r\n]+/)
    .filter((pattern) => pattern !== "")
    .map(parsePattern);
  return (name, transport) => {
    const whole = lowerCase(`${name}/${transport}`);
    const type = whole.slice(whole.lastIndexOf("/") + 1);
    const first = patterns.find(({ text }) => text === (text.includes("/") ? whole : type));
    return first !== undefined && first.disables;
  };
}

function parsePattern(pattern: string): { text: string; disables: boolean } {
  const text = pattern.replace(/^!*/, "");
  const inversions = pattern.length - text.length;
  return { text: lowerCase(nameSlashType(text)), disables: inversions % 2 === 0 };
}

/** `name.type` is the old spelling of `name/type` (SVC-56). */
function nameSlashType(text: string): string {
  const dot = text.lastIndexOf(".");
  if (text.includes("/") || dot === -1) return text;
  return `${text.slice(0, dot)}/${text.slice(dot + 1)}`;
}

/** The text is bytes: what is not ASCII must stay as it is. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
