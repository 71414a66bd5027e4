/** The form of a host name, as Postfix accepts it in its configuration. Resolves nothing. */

const MAX_NAME = 255;
const MAX_LABEL = 63;

/** Labels of letters, digits, "-" and "_", or bytes of UTF-8; never a name of digits and dots only. */
export function isHostName(text: string): boolean {
  if (text.length > MAX_NAME || /^[0-9.]*$/.test(text)) return false;
  return text
    .split(".")
    .every(
      (label) =>
        label.length <= MAX_LABEL &&
        /^[0-9A-Za-z_\x80-\xff](?:[-0-9A-Za-z_\x80-\xff]*[0-9A-Za-z_\x80-\xff])?$/.test(label),
    );
}
