/** One line without control characters, for an error message of ours that may quote a host's text. */
export function sanitize(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what it removes
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, 300)
}
