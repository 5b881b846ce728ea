/** `412880.15` → `412,880.15`, `5` → `5.00`. Only the text is touched: nothing is rounded. Other text comes back as it is. */
export function groupDigits(amount: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount)
  if (!match) return amount
  const [, sign = '', whole = '', fraction = ''] = match
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${fraction.padEnd(2, '0')}`
}
