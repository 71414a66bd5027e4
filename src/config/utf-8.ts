/** Whether a byte string is UTF-8: what a child is started with goes through text. */

const UTF_8 =
  /^(?:[\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})*$/;
const ASCII = /^[\x00-\x7f]*$/;

export function isUtf8(byteString: string): boolean {
  return ASCII.test(byteString) || UTF_8.test(byteString);
}
