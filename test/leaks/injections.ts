/** What people try in order to leave a path, a host or a header. Made from parts, so that every way to write a part meets every other. */
export function injections(elsewhere: string): readonly string[] {
  const all = [...traversals(), ...otherOrigins(elsewhere), ...splitLines(), ...ODD]
  return [...new Set(all)]
}

/** One or two dots as servers and proxies have been known to read them. */
const DOTS = [
  ...['.', '%2e', '%2E', '%252e', '%25252e', '%c0%ae', '%C0%2E', '%e0%80%ae', '%uff0e', '%u002e'],
  ...['\uff0e', '\u2024', '%EF%BC%8E', '0x2e'],
]
const SLASHES = [
  ...['/', '\\', '%2f', '%2F', '%5c', '%5C', '%252f', '%255c', '%25252f', '%c0%af', '%c1%9c', '%e0%80%af'],
  ...['%u2215', '%uff0f', '\uff0f', '\u2215', '\u2044', '\uff3c', '%EF%BC%8F', '//', '/./', ';/', '/;x/', '%3b/'],
]
const BEFORE = ['', '/', '/api', 'x']
const AFTER = ['admin', 'oauth/token?x=1', '']

function traversals(): string[] {
  return DOTS.flatMap((dot) =>
    SLASHES.flatMap((slash, at) => {
      const before = BEFORE[at % BEFORE.length] ?? ''
      const after = AFTER[at % AFTER.length] ?? ''
      const step = `${dot}${dot}${slash}`
      return [
        `${before}${slash}${step}${after}`,
        `${before}${slash}${step.repeat(4)}${after}`,
        `${before}/${dot}${dot}${slash}${dot}${dot};a=b${slash}${after}`,
        `${step}${step}${after}`,
        // One dot as it is, the other hidden; and a step that ends the text.
        `/api${slash}.${dot}${slash}.${dot}`,
        `${slash}${dot}${dot} ${slash}${after}`,
      ]
    }),
  )
}

function otherOrigins(elsewhere: string): string[] {
  const schemes = [
    'http:',
    'https:',
    'HTTP:',
    'hTtP:',
    'ftp:',
    'file:',
    'javascript:',
    'http%3a',
    'ht\ttp:',
    'ht\ntp:',
    ' http:',
    '',
  ]
  const leads = [
    '//',
    '///',
    '\\\\',
    '/\\',
    '\\/',
    '/\t/',
    '/\n/',
    '%2f%2f',
    '/%2f',
    '',
    ':',
    '@',
    '//jo:pw@',
    '//x%40',
    '//x@y@',
    ':80@',
    '//[',
    '//0',
    '.',
    '#@',
    '?@',
    '%00@',
    '%0a@',
    '%23@',
    ';@',
    '\u0000@',
    '\uff0f\uff0f',
    '\u3002',
  ]
  return schemes.flatMap((scheme) => leads.map((lead) => `${scheme}${lead}${elsewhere}/taken`))
}

function splitLines(): string[] {
  const breaks = [
    '\r\n',
    '\n',
    '\r',
    '\r\n\r\n',
    '\n\n',
    '\u0000',
    '\u000b',
    '\u000c',
    '\u0085',
    '\u2028',
    '\u2029',
    '\u560a\u560d',
    '\u010d\u010a',
    '%0d%0a',
    '%0a',
    '%0d',
    '%250d%250a',
    '%e5%98%8d%e5%98%8a',
    '%u000d%u000a',
    '\\r\\n',
    '\r\n ',
    '\r\n\t',
  ]
  const lines = [
    'X-Planted: 1',
    'Host: elsewhere',
    'Content-Length: 0\r\n\r\nGET /planted HTTP/1.1\r\nHost: x',
    'Transfer-Encoding: chunked',
    'Set-Cookie: a=b',
    ' HTTP/1.1',
    'Authorization: Basic cGxhbnRlZA==',
    '',
  ]
  return breaks.flatMap((end) =>
    lines.flatMap((line) => [`x${end}${line}`, `/api/x${end}${line}${end}`, `${end}${line}`]),
  )
}

const ODD = [
  ...[
    '\ud800',
    '\udfff\ud800',
    'x\ud83d',
    '\u202e/..',
    '\ufeff/..',
    '%',
    '%%',
    '%zz',
    '%2',
    '/%',
    '?',
    '#',
    '/?',
    '/#',
    '/x#y',
    '/x?y#z',
  ],
  ...[
    '.',
    '..',
    '...',
    '/.',
    '/..',
    '/...',
    '//',
    '///',
    '',
    ' ',
    '/ ',
    ' /..',
    '/.. /',
    '~',
    '~root/',
    '*',
    '/*',
    '[::1]',
    '{domain}/..',
    '${x}',
    '$(id)',
    '`id`',
    '|id',
  ],
  ...[
    'host',
    'Host',
    'connection',
    'content-length',
    'transfer-encoding',
    'upgrade',
    'expect',
    'te',
    'trailer',
    'proxy-authorization',
    'cookie',
    'authorization',
  ],
  ...[
    'a'.repeat(5_000),
    '../'.repeat(2_000),
    'é',
    '日本',
    'a;b=c',
    'a,b',
    'a: b',
    ': a',
    'a b',
    '"',
    "'",
    '<script>',
    'constructor',
    '__proto__',
  ],
]
