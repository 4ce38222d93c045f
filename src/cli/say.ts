/** All that a terminal takes for a command, but tabs and ends of lines; the names of files may hold any of it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text with what a terminal would obey written out. */
export function plain(text: string): string {
  return text.replace(
    CONTROLS,
    (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** Prints what was asked for. */
export function say(text: string): void {
  console.log(plain(text));
}

/** Prints what somebody must know beside it, or what went wrong. */
export function complain(text: string): void {
  console.error(plain(text));
}
