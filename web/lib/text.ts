import { limits } from "guilder-client";

/**
 * What the security rules refuse in a text: controls but the line feed, the zero-width space, and the marks that make
 * text read as what it is not. firestore.rules says the same.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that are refused
const HIDDEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2066-\u2069]/;

/** Something on one line that is neither a space nor a mark that takes no room. */
const NAME = /^[^\n]*[^\n\p{Z}\u200c-\u200f\u2060\ufeff][^\n]*$/u;

const PHOTO = /^https:\/\/[^"'<>\n\p{Z}]+$/u;

/** The lengths that the rules allow, in UTF-16 units, as `maxLength` counts. */
export const LONGEST = { caption: limits.generate.caption.maxLength, name: 50, bio: 500, photo: 2048 } as const;

export type TextProblem = "long" | "hidden" | "name" | "photo" | null;

export function captionProblem(caption: string): TextProblem {
  return textProblem(caption, LONGEST.caption);
}

export function bioProblem(bio: string): TextProblem {
  return textProblem(bio, LONGEST.bio);
}

export function nameProblem(name: string): TextProblem {
  return textProblem(name, LONGEST.name) ?? (NAME.test(name) ? null : "name");
}

/** Of the address of a photo; none is no problem. */
export function photoProblem(address: string): TextProblem {
  if (address === "") return null;
  return textProblem(address, LONGEST.photo) ?? (PHOTO.test(address) ? null : "photo");
}

function textProblem(text: string, longest: number): TextProblem {
  if (text.length > longest) return "long";
  return HIDDEN.test(text) ? "hidden" : null;
}
