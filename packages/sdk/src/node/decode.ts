import {
  type Address,
  type Amount,
  amount,
  type Hash,
  type Hex,
  MAX_U128,
  OutputType,
  type OutputTypeName,
  parseAddress,
  parseHash,
  parseHex,
} from '@omg/protocol'
import { sdkError } from '../error.ts'

/** A JSON object from a node, read field by field: what is not exactly as promised is an error, never a guess. */
export class Fields {
  readonly #fields: Record<string, unknown>

  constructor(value: unknown, what: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unexpected(what)
    this.#fields = value as Record<string, unknown>
  }

  raw(name: string): unknown {
    return this.#fields[name]
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined && this.#fields[name] !== null
  }

  text(name: string): string {
    const value = this.#fields[name]
    if (typeof value !== 'string') throw unexpected(name)
    return value
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T {
    const found = values.find(value => value === this.#fields[name])
    if (found === undefined) throw unexpected(name)
    return found
  }

  flag(name: string): boolean {
    const value = this.#fields[name]
    if (typeof value !== 'boolean') throw unexpected(name)
    return value
  }

  /** A small whole number. */
  count(name: string): number {
    const value = this.#fields[name]
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw unexpected(name)
    return value
  }

  /** A whole number as a decimal string. */
  integer(name: string): bigint {
    return integerOf(this.#fields[name], name)
  }

  amount(name: string): Amount {
    const value = this.integer(name)
    if (value > MAX_U128) throw unexpected(name)
    return amount(value)
  }

  hash<T extends Hash = Hash>(name: string): T {
    const parsed = parseHash(this.#fields[name])
    if (!parsed.ok) throw unexpected(name)
    return parsed.value as T
  }

  address(name: string): Address {
    const parsed = parseAddress(this.#fields[name])
    if (!parsed.ok) throw unexpected(name)
    return parsed.value
  }

  hex(name: string): Hex {
    const parsed = parseHex(this.#fields[name])
    if (!parsed.ok) throw unexpected(name)
    return this.text(name).toLowerCase() as Hex
  }

  outputType(name: string): OutputTypeName {
    return this.oneOf(name, Object.keys(OutputType) as OutputTypeName[])
  }

  object(name: string): Fields {
    return new Fields(this.#fields[name], name)
  }

  list<T>(name: string, read: (item: unknown) => T): T[] {
    return listOf(this.#fields[name], name, read)
  }
}

export function listOf<T>(value: unknown, what: string, read: (item: unknown) => T): T[] {
  if (!Array.isArray(value)) throw unexpected(what)
  return value.map(read)
}

export function integerOf(value: unknown, what: string): bigint {
  if (typeof value !== 'string' || !/^(0|[1-9][0-9]{0,77})$/.test(value)) throw unexpected(what)
  return BigInt(value)
}

const unexpected = (what: string) => sdkError('node.answer', `the node's answer has no valid ${what}`)
