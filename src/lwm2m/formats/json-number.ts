/** Numbers as JSON writes them, exact to 64 bits: `18446744073709551615`, `1.638435E9`, `100.0`. */
import { type FormatError, formatError } from '../format-error.ts';
import { integerMax, integerMin, type ResourceValue, unsignedMax } from '../value.ts';

const numberParts = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;

/** The text of a JSON number as a value: whole numbers of 64 bits are integers when they are written as such, all others floats. */
export function valueOfJsonNumber(text: string): ResourceValue | FormatError {
  if (/^-?[0-9]{1,20}$/.test(text)) {
    const value = BigInt(text);
    if (value >= integerMin && value <= unsignedMax)
      return { type: value > integerMax ? 'unsigned' : 'integer', value };
  }
  const value = Number(text);
  return Number.isFinite(value) ? { type: 'float', value } : formatError('value-range', 'the number is too large');
}

/** The whole number that a text in decimal or float notation stands for, exactly; undefined when it is none of 20 digits at most. */
export function exactWhole(text: string): bigint | undefined {
  const parts = numberParts.exec(text);
  if (parts === null) return undefined;
  const fraction = parts[3] ?? '';
  const digits = (parts[2] + fraction).replace(/^0+(?=[0-9])/, '');
  const significant = digits.replace(/0+$/, '');
  const exponent = Number(parts[4] ?? 0) - fraction.length + (digits.length - significant.length);
  if (significant === '') return 0n;
  if (exponent < 0 || significant.length + exponent > 20) return undefined;
  const whole = BigInt(significant + '0'.repeat(exponent));
  return parts[1] === '-' ? -whole : whole;
}
