import { createHash } from 'node:crypto'
import type { QadUser } from './world.js'

/** Tokens or sessions of one kind: opaque keys that open for a user until they end. */
export interface Passes {
  issue(user: QadUser, endsAt: number): string
  /** The pass behind a key, as long as it has neither ended nor lain idle; looking counts as use. */
  alive(key: string): Pass | null
  end(key: string): void
  clear(): void
}

interface Pass {
  readonly user: QadUser
  readonly endsAt: number
}

/** @param idleMs how long a pass may lie unused */
export function createPasses(kind: string, now: () => number, idleMs: number): Passes {
  const passes = new Map<string, Pass & { usedAt: number }>()
  let issued = 0
  return {
    issue(user, endsAt) {
      issued++
      const key = createHash('sha256').update(`sandbox ${kind} ${issued}`).digest('hex').slice(0, 40)
      passes.set(key, { user, endsAt, usedAt: now() })
      return key
    },
    alive(key) {
      const pass = passes.get(key)
      if (!pass || now() >= pass.endsAt || now() - pass.usedAt >= idleMs) return null
      pass.usedAt = now()
      return pass
    },
    end: (key) => void passes.delete(key),
    clear: () => passes.clear(),
  }
}

/** Ten wrong tries and the user is locked: the default of QAD's Security Control. */
const MAX_FAILURES = 10

export interface PasswordCheck {
  /** The user of that name and password; null also for a locked user with the right password. */
  find(username: string, password: string): QadUser | null
  isLocked(username: string): boolean
}

export function createPasswordCheck(users: readonly QadUser[]): PasswordCheck {
  const failures = new Map<string, number>()
  const isLocked = (username: string) => (failures.get(username) ?? 0) >= MAX_FAILURES
  return {
    isLocked,
    find(username, password) {
      if (isLocked(username)) return null
      const user = users.find((candidate) => candidate.username === username && candidate.password === password)
      if (user) failures.delete(username)
      else failures.set(username, (failures.get(username) ?? 0) + 1)
      return user ?? null
    },
  }
}
