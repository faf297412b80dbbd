import { describe, expect, it } from 'vitest'
import { type Alarm, AlarmBook, type AlarmChange, RESOLVED_ALARMS_KEPT } from './book.ts'
import { ALARM_CODES, ALARMS } from './catalogue.ts'

const GRACES = { none: 0n, data: 30n, node: 10n, provider: 10n, submission: 60n, stall: 20n }

function bookAt(start: number, known: readonly Alarm[] = []) {
  const clock = { now: start }
  const kept: Alarm[] = []
  const changes: AlarmChange[] = []
  const book = new AlarmBook({ now: () => clock.now, graces: GRACES, known, keep: alarm => kept.push(alarm) })
  book.subscribe(change => changes.push(change))
  return { book, clock, kept, changes }
}

describe('AlarmBook', () => {
  it('raises at once where no grace applies, with words to act on', () => {
    const { book, changes } = bookAt(1_000_000)
    book.see('block.invalid', '7', { reason: 'signature.invalid' })
    expect(book.standing()).toEqual([
      {
        code: 'block.invalid',
        subject: '7',
        severity: 'critical',
        meaning: ALARMS['block.invalid'].meaning,
        safe: ALARMS['block.invalid'].safe,
        action: ALARMS['block.invalid'].action,
        details: { reason: 'signature.invalid' },
        since: '1970-01-01T00:16:40.000Z',
        resolvedAt: null,
      },
    ])
    expect(changes.map(change => change.kind)).toEqual(['raised'])
  })

  it('waits for the grace, and forgets a suspicion that passes', () => {
    const { book, clock } = bookAt(0)
    book.see('data.withheld', '3')
    clock.now = 29_999
    book.see('data.withheld', '3')
    expect(book.standing()).toEqual([])
    book.clear('data.withheld', '3')
    clock.now = 40_000
    book.see('data.withheld', '3')
    expect(book.standing()).toEqual([])
    clock.now = 70_000
    book.see('data.withheld', '3')
    expect(book.isStanding('data.withheld', '3')).toBe(true)
  })

  it('does not repeat itself, and refreshes the details', () => {
    const { book, changes, kept } = bookAt(0)
    book.see('exit.invalid', '0x01', { exit: 'a' })
    book.see('exit.invalid', '0x01', { exit: 'a' })
    book.see('exit.invalid', '0x01', { exit: 'b' })
    expect(changes).toHaveLength(1)
    expect(kept.map(alarm => alarm.details)).toEqual([{ exit: 'a' }, { exit: 'b' }])
  })

  it('resolves, keeps the history newest first, and raises again', () => {
    const { book, clock, changes } = bookAt(0)
    book.see('exit.invalid', '0x01')
    clock.now = 1000
    book.clear('exit.invalid', '0x01')
    book.see('exit.invalid', '0x02')
    book.clear('exit.invalid', '0x02')
    book.see('exit.invalid', '0x01')
    expect(book.resolved().map(alarm => [alarm.subject, alarm.resolvedAt])).toEqual([
      ['0x02', '1970-01-01T00:00:01.000Z'],
      ['0x01', '1970-01-01T00:00:01.000Z'],
    ])
    expect(changes.map(change => change.kind)).toEqual(['raised', 'resolved', 'raised', 'resolved', 'raised'])
  })

  it('clears what is no longer among the subjects seen', () => {
    const { book } = bookAt(0)
    book.see('exit.invalid', '0x01')
    book.see('exit.invalid', '0x02')
    book.see('block.invalid', '0x01')
    book.clearOthers('exit.invalid', new Set(['0x02']))
    expect(book.standing().map(alarm => `${alarm.code} ${alarm.subject}`)).toEqual([
      'exit.invalid 0x02',
      'block.invalid 0x01',
    ])
  })

  it('remembers standing alarms over a restart with their first time', () => {
    const first = bookAt(5000)
    first.book.see('block.invalid', '9')
    const second = bookAt(99_000, first.book.standing())
    second.book.see('block.invalid', '9')
    expect(second.changes).toEqual([])
    expect(second.book.standing()[0]?.since).toBe('1970-01-01T00:00:05.000Z')
    second.book.clear('block.invalid', '9')
    expect(second.changes.map(change => change.kind)).toEqual(['resolved'])
  })

  it('bounds the history it keeps in memory', () => {
    const { book } = bookAt(0)
    for (let i = 0; i <= RESOLVED_ALARMS_KEPT; i++) {
      book.see('exit.invalid', String(i))
      book.clear('exit.invalid', String(i))
    }
    expect(book.resolved()).toHaveLength(RESOLVED_ALARMS_KEPT)
    expect(book.resolved()[0]?.subject).toBe(String(RESOLVED_ALARMS_KEPT))
  })
})

describe('catalogue', () => {
  it('says for every alarm what it means, what is safe and what to do', () => {
    for (const code of ALARM_CODES) {
      const { meaning, safe, action } = ALARMS[code]
      for (const words of [meaning, safe, action]) expect(words, code).toMatch(/^[A-Z].*[.]$/)
    }
  })
})
