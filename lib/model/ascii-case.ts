/** Folds case as SQLite does, for which only the letters of ASCII have two. */

/** In lower case, so that two names mean the same where their forms are equal: "Ä" and "ä" are two tables. */
export function asciiLower(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the letters of ASCII alone
  return /^[\x00-\x7f]*$/.test(text) ? text.toLowerCase() : text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
