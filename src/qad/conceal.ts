/** The text without the secrets, in the forms in which a server repeats what it was sent: as it is, URL-, form- and JSON-encoded. */
export function conceal(text: string, secrets: readonly string[]): string {
  return secrets.flatMap(formsOf).reduce((clean, form) => clean.replaceAll(form, '***'), text)
}

/** Only secrets that are too long to occur by chance: rows of figures must not change. */
export function concealAmongRows(text: string, secrets: readonly string[]): string {
  return conceal(
    text,
    secrets.filter(({ length }) => length >= 16),
  )
}

function formsOf(secret: string): string[] {
  if (secret === '') return []
  const form = new URLSearchParams({ s: secret }).toString().slice(2)
  const forms = [secret, JSON.stringify(secret).slice(1, -1), form, form.replaceAll('+', '%20')]
  return [...new Set(forms)].sort((a, b) => b.length - a.length)
}
