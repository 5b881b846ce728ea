/** `1234567` → `1,234,567`. */
export function groupCount(count: number | string): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** The amounts in a sentence as columns show them; codes have no decimals. */
export function groupAmounts(sentence: string): string {
  return sentence.replace(/(?<![\d.])-?\d{4,}\.\d{2,}/g, groupDigits)
}

/** `412880.15` → `412,880.15`, `5` → `5.00`. Only the text is touched: nothing is rounded. Other text comes back as it is. */
export function groupDigits(amount: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount)
  if (!match) return amount
  const [, sign = '', whole = '', fraction = ''] = match
  return `${sign}${groupCount(whole)}.${fraction.padEnd(2, '0')}`
}
