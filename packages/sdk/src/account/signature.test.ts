import { describe, expect, it } from 'vitest'
import { canonicalSignature } from './signature.ts'

const r = '11'.repeat(32)
const low = `${'00'.repeat(31)}05`
/** The order of secp256k1 minus 5. */
const high = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd036413c'

describe('canonicalSignature', () => {
  it('leaves a canonical one alone', () => {
    expect(canonicalSignature(`0x${r}${low}1b`)).toBe(`0x${r}${low}1b`)
  })
  it('lifts v from 0 and 1', () => {
    expect(canonicalSignature(`0x${r}${low}00`)).toBe(`0x${r}${low}1b`)
    expect(canonicalSignature(`0x${r}${low}01`)).toBe(`0x${r}${low}1c`)
  })
  it('lowers s, which flips v', () => {
    expect(canonicalSignature(`0x${r}${high}1b`)).toBe(`0x${r}${low}1c`)
    expect(canonicalSignature(`0x${r}${high}01`)).toBe(`0x${r}${low}1b`)
  })
  it('knows what is no signature', () => {
    expect(canonicalSignature('0x1234')).toBeUndefined()
    expect(canonicalSignature(undefined)).toBeUndefined()
    expect(canonicalSignature(`0x${r}${low}`)).toBeUndefined()
  })
})
