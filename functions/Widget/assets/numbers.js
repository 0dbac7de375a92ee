// Numbers that people paste, by the server's own rules: what it takes is never refused here.
import { rules } from "./rules.js";

const separators = new RegExp(rules.separators, "gu");
const { shape, weights } = rules.clabe;

/** The documents that one can choose from. */
export const documents = Object.keys(rules.documents);

/** A number in capitals, without what separates its characters and what a copy brings along unseen. */
export const compact = (typed) => typed.normalize("NFC").replace(separators, "").toUpperCase();

/** True for what looks like a number of this document. */
export const isDocument = (type, typed) => new RegExp(rules.documents[type], "u").test(compact(typed));

/** True for as many digits as a CLABE has. */
export const isClabeLong = (typed) => new RegExp(shape, "u").test(compact(typed));

/** True when the last digit is the check digit of the others, too. */
export function isClabe(typed) {
  if (!isClabeLong(typed)) return false;
  const digits = [...compact(typed)].map(Number);
  const sum = digits.slice(0, -1).reduce((total, digit, at) => total + ((digit * weights[at % weights.length]) % 10), 0);
  return (10 - (sum % 10)) % 10 === digits.at(-1);
}
