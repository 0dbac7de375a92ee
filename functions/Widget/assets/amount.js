// What people type or paste as an amount of money, in any script and with any country's separators.
// Where it can be read in two ways nothing is guessed: a wrong guess is a hundred times too much.

const longest = 40;

// One sign for each kind of separator: which of them may group thousands, and which may stand before the cents.
// (Spaniards write 12'50, too; nobody writes cents after a space.)
const kinds = [[/\p{Zs}/gu, " "], [/['’‘ʼ′＇`´]/gu, "'"], [/[,，،⹁]/gu, ","], [/[.．]/gu, "."]];
const mayGroup = [" ", "'", ",", ".", "٬"];
const mayBeDecimal = ["'", ",", ".", "٫"];

// By currency: how it is written before or after the number.
const symbols = { USD: "USD|US\\$|\\$ ?US|\\$" };

/** The text with ASCII digits and one sign a kind of separator; without invisible marks, without the currency. */
function plain(text, currency) {
  let result = text.replace(/\p{Cf}/gu, "").replace(/\p{Nd}/gu, digit);
  for (const [pattern, sign] of kinds) result = result.replace(pattern, sign);
  const symbol = symbols[currency];
  return result.trim().replace(new RegExp(`^(${symbol})`, "i"), "").replace(new RegExp(`(${symbol})$`, "i"), "").trim();
}

/** The ASCII digit for one of any script: the ten of a script stand together, its zero first. */
function digit(character) {
  const code = character.codePointAt(0);
  let value = 0;
  while (/\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value++;
  // Where two tens adjoin (mathematical alphabets), only those of the first can be told: the others stay as they are.
  return value < 10 ? String(value) : character;
}

/** True for groups as thousands are written: 1 234 567 or, as in India, 12 34 567. */
function areGroups([first, ...others]) {
  const last = others.at(-1);
  if (!/^[1-9]\d{0,2}$/.test(first) || last.length !== 3) return false;
  return others.every((group) => group.length === 3)
    || (first.length <= 2 && others.slice(0, -1).every((group) => group.length === 2));
}

/** The number that groups with these signs between them stand for; null where they stand for none. */
function wholeOf(groups, signs) {
  if (signs.length === 0) return groups[0];
  const [sign] = signs;
  return mayGroup.includes(sign) && signs.every((other) => other === sign) && areGroups(groups) ? groups.join("") : null;
}

/**
 * Reads an amount: { amount } or { problem }, which is "empty", "unreadable" or "doubt". 1,234 is in doubt, with
 * both readings: { problem: "doubt", large: 1234, small: 1.23 }.
 */
export function readAmount(text, currency) {
  if (!text.trim()) return { problem: "empty" };
  const typed = text.length <= longest ? plain(text, currency) : "";
  const unreadable = { problem: "unreadable" };
  if (!/^[\d ',.٬٫]*\d$/.test(typed)) return unreadable;
  const groups = typed.split(/\D/);
  const signs = typed.match(/\D/g) ?? [];
  const [last, tail] = [signs.at(-1), groups.at(-1)];

  const whole = wholeOf(groups, signs);
  if (whole !== null) {
    const amount = Number(whole);
    if (signs.length !== 1 || (last !== "," && last !== ".")) return { amount };
    return { problem: "doubt", large: amount, small: Number(`${groups[0]}.${tail.slice(0, 2)}`) };
  }
  const before = signs.slice(0, -1);
  if (!mayBeDecimal.includes(last) || before.includes(last) || tail.length > 2) return unreadable;
  const units = wholeOf(groups.slice(0, -1), before);
  return units === null ? unreadable : { amount: Number(`${units || "0"}.${tail}`) };
}
