import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Pair {
  readonly key: string
  readonly cert: string
}

export interface Authority {
  /** PEM file of the authority's own certificate. */
  readonly caFile: string
  /** For `localhost` unless told; valid from yesterday on unless told. */
  issue(options?: { readonly name?: string; readonly from?: string; readonly to?: string }): Pair
  remove(): void
}

/** A certificate authority that openssl makes now: no key is kept in the repository. */
export function createAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'mlc-ca-'))
  const at = (name: string) => join(folder, name)
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  let count = 0
  writeFileSync(at('index.txt'), '')
  writeFileSync(at('ca.cnf'), CONFIG)
  openssl('genrsa', '-out', 'ca.key', '2048')
  openssl('req', '-x509', '-new', '-key', 'ca.key', '-days', '3', '-subj', '/CN=mlc test authority', '-out', 'ca.pem')
  return {
    caFile: at('ca.pem'),
    issue({ name = 'localhost', from = day(-1), to = day(2) } = {}) {
      const own = `leaf${++count}`
      openssl(
        'req',
        '-new',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        `${own}.key`,
        '-out',
        `${own}.csr`,
        '-subj',
        `/CN=${own}`,
      )
      const kind = /^[\d.]+$/.test(name) ? 'IP' : 'DNS'
      writeFileSync(at(`${own}.ext`), name === '' ? 'basicConstraints=CA:FALSE\n' : `subjectAltName=${kind}:${name}\n`)
      const signing = ['-batch', '-notext', '-config', 'ca.cnf', '-startdate', from, '-enddate', to]
      openssl('ca', ...signing, '-in', `${own}.csr`, '-extfile', `${own}.ext`, '-out', `${own}.pem`)
      return { key: readFileSync(at(`${own}.key`), 'utf8'), cert: readFileSync(at(`${own}.pem`), 'utf8') }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A day from now as openssl writes it. */
export function day(offset: number): string {
  return `${new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`
}

const CONFIG = `[ca]
default_ca = here
[here]
new_certs_dir = .
database = index.txt
certificate = ca.pem
private_key = ca.key
default_md = sha256
policy = any
rand_serial = yes
unique_subject = no
[any]
commonName = supplied
`
